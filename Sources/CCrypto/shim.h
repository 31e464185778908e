#pragma once
// OpenSSL's libcrypto (Debian: libssl-dev), found by pkg-config `libcrypto`: SHA-256 only.
#include <openssl/evp.h>
