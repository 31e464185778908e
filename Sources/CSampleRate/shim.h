#pragma once
// libsamplerate (Debian: libsamplerate0-dev), found by pkg-config `samplerate`.
#include <samplerate.h>
