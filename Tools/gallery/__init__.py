# SPDX-License-Identifier: Apache-2.0
"""A static site: sounds under every system, and the documents. See README.md."""
