# A toolchain file: clang for another architecture, against the packages of Debian 13 that tools/fetch-sysroot has unpacked.
#
#   QP_TARGET   aarch64-linux-gnu or x86_64-linux-gnu
#   QP_SYSROOT  the folder

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES QP_TARGET QP_SYSROOT)

string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${QP_TARGET}")
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSROOT "${QP_SYSROOT}")
set(CMAKE_LIBRARY_ARCHITECTURE "${QP_TARGET}")

foreach(language IN ITEMS C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET "${QP_TARGET}")
endforeach()
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")

# Libraries and headers from there, programs (protoc, thrift) from here.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${QP_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${QP_SYSROOT}/usr/lib/${QP_TARGET}/pkgconfig:${QP_SYSROOT}/usr/share/pkgconfig")
