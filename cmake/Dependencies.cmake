# The libraries we stand on, as targets deps::<name>.
#
# The QUIC and TLS libraries are younger than some stable distributions. QP_DEPS may therefore name a prefix that holds
# static builds of them (tools/fetch-quic-libs fills one). If the prefix does not exist, the system's libraries are
# used. Either way the same version floors hold. Everything else always comes from the system.

set(QP_DEPS "" CACHE PATH "Prefix with static OpenSSL, ngtcp2 and nghttp3; the system's libraries if empty or missing")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(QP_PREFIX_LIB "${QP_DEPS}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
if(QP_DEPS AND EXISTS "${QP_PREFIX_LIB}/pkgconfig")
  set(QP_PRIVATE_LIBRARIES ON)
  message(STATUS "QUIC and TLS libraries: static, from ${QP_DEPS}")
else()
  set(QP_PRIVATE_LIBRARIES OFF)
  message(STATUS "QUIC and TLS libraries: the system's")
endif()

# Finds pkg-config module `name`, at least version `floor`, and leaves the target deps::<name> behind.
function(system_library name floor)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${name})
  check_version(${name} "${${name}_VERSION}" ${floor})
  add_library(deps::${name} ALIAS PkgConfig::${name})
endfunction()

# The same for a static library in the private prefix. Its .pc file says prefix=/usr, so only the version is taken from
# there and the archive is named by its path; a shared system library can then never slip in instead.
function(prefix_library name floor)
  set(ENV{PKG_CONFIG_LIBDIR} "${QP_PREFIX_LIB}/pkgconfig")
  execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --modversion ${name}
                  OUTPUT_VARIABLE version ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  unset(ENV{PKG_CONFIG_LIBDIR})
  check_version(${name} "${version}" ${floor})

  add_library(deps::${name} STATIC IMPORTED GLOBAL)
  set_target_properties(deps::${name} PROPERTIES IMPORTED_LOCATION "${QP_PREFIX_LIB}/${name}.a")
  target_include_directories(deps::${name} SYSTEM INTERFACE
                             "${QP_DEPS}/usr/include" "${QP_DEPS}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}")
endfunction()

function(check_version name version floor)
  if(NOT version)
    message(FATAL_ERROR "${name} is missing (at least version ${floor} is needed). Run tools/setup.")
  elseif(version VERSION_LESS floor)
    message(FATAL_ERROR "${name} ${version} is too old: at least ${floor} is needed. Run tools/setup.")
  endif()
  message(STATUS "  ${name} ${version} (>= ${floor})")
endfunction()

foreach(need IN ITEMS libcrypto=3.5 libssl=3.5 libngtcp2=1.22 libngtcp2_crypto_ossl=1.22 libnghttp3=1.15)
  string(REGEX MATCH "^([^=]+)=(.+)$" matched ${need})
  if(QP_PRIVATE_LIBRARIES)
    prefix_library(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
  else()
    system_library(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
  endif()
endforeach()

foreach(need IN ITEMS libcares=1.18 yaml-cpp=0.7 fmt=9.1 nlohmann_json=3.11 CLI11=2.1)
  string(REGEX MATCH "^([^=]+)=(.+)$" matched ${need})
  system_library(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
endforeach()

if(QP_PRIVATE_LIBRARIES)
  include(StaticOpenSSL)
endif()

# What the rooms link, named by purpose.
add_library(deps::quic INTERFACE IMPORTED GLOBAL)
target_link_libraries(deps::quic INTERFACE deps::libngtcp2_crypto_ossl deps::libngtcp2 deps::libssl deps::libcrypto
                                           Threads::Threads)
