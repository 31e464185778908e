#pragma once
// Cairo (Debian: libcairo2-dev), found by pkg-config `cairo`: pictures in memory, and PNG.
#include <cairo.h>
