# SPDX-License-Identifier: Apache-2.0
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
warnings.filterwarnings("ignore")
