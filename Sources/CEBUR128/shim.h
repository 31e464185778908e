#pragma once
// libebur128 (Debian: libebur128-dev), found by pkg-config `libebur128`: loudness by ITU-R BS.1770.
#include <ebur128.h>
