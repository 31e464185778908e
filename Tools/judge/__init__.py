# SPDX-License-Identifier: Apache-2.0
"""An independent judge of audio style transfer: trained listeners that wavestyle never optimised. See README.md."""

import os

# One thread for each process: figures do not depend on how sums are split, and several jobs can run beside each other.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
