# What a static OpenSSL from a newer Debian needs besides itself.

include(CheckFunctionExists)

# It compresses certificates, hence the compressors (their names are in its libcrypto.pc as Libs.private).
find_library(QP_ZSTD zstd REQUIRED)
find_library(QP_ZLIB z REQUIRED)
target_link_libraries(deps::libcrypto INTERFACE ${QP_ZSTD} ${QP_ZLIB} ${CMAKE_DL_LIBS} Threads::Threads)
target_link_libraries(deps::libssl INTERFACE deps::libcrypto)
target_link_libraries(deps::libngtcp2_crypto_ossl INTERFACE deps::libngtcp2 deps::libssl)

# It was compiled against a C library (2.38 and later) in which strtol has a second name.
check_function_exists(__isoc23_strtol QP_HAVE_ISOC23)
if(NOT QP_HAVE_ISOC23)
  add_library(isoc23_shim STATIC "${CMAKE_CURRENT_LIST_DIR}/isoc23_shim.c")
  set_target_properties(isoc23_shim PROPERTIES C_STANDARD 11)
  target_link_libraries(deps::libcrypto INTERFACE isoc23_shim)
endif()

# The symbols stay inside the executable. Otherwise every shared library in the process that wants the system's
# OpenSSL (an older one!) would be bound to this one. The archives are named, because a sanitizer's runtime may be an
# archive too and has to stay visible.
target_link_options(deps::libcrypto INTERFACE
    "LINKER:--exclude-libs,libcrypto.a:libssl.a:libngtcp2.a:libngtcp2_crypto_ossl.a:libnghttp3.a")
