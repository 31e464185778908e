// SPDX-License-Identifier: Apache-2.0
#pragma once
// libsndfile (Debian: libsndfile1-dev), found by pkg-config `sndfile`.
#include <sndfile.h>
