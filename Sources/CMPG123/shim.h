// SPDX-License-Identifier: Apache-2.0
#pragma once
// libmpg123 (Debian: libmpg123-dev), found by pkg-config `libmpg123`.
#include <mpg123.h>
