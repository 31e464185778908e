#pragma once
// HDF5 (Debian: libhdf5-dev), found by pkg-config `hdf5`. Swift sees no macros with casts or calls in them, nor the
// renaming macros of later versions, so those in use are wrapped here.
#include <hdf5.h>

static inline hid_t hdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t hdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t hdf5_link_create(void) { return H5P_LINK_CREATE; }

static inline hid_t hdf5_float32_little_endian(void) { return H5T_IEEE_F32LE; }
static inline hid_t hdf5_float32_big_endian(void) { return H5T_IEEE_F32BE; }
static inline hid_t hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t hdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t hdf5_int64_little_endian(void) { return H5T_STD_I64LE; }
static inline hid_t hdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t hdf5_c_string(void) { return H5T_C_S1; }

static inline unsigned hdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned hdf5_truncate(void) { return H5F_ACC_TRUNC; }

// The length of variable-length strings, as H5Tset_size takes it.
static inline size_t hdf5_variable_length(void) { return H5T_VARIABLE; }

// A link's type and, for a hard one, where in the file its object lies.
static inline herr_t hdf5_link(hid_t group, const char *name, H5L_type_t *type, unsigned long long *address) {
#if H5_VERSION_GE(1, 12, 0)
    H5L_info1_t info;
    herr_t status = H5Lget_info1(group, name, &info, H5P_DEFAULT);
#else
    H5L_info_t info;
    herr_t status = H5Lget_info(group, name, &info, H5P_DEFAULT);
#endif
    if (status < 0) return status;
    *type = info.type;
    *address = info.type == H5L_TYPE_HARD ? info.u.address : 0;
    return status;
}
