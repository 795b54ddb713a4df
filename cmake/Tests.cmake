# One GoogleTest program a room: tests/<room>/*_test.cc becomes <room>_test, linked with the room and all below it.
# tests/support/ is a library for all of them.

find_package(GTest REQUIRED)
include(GoogleTest)

file(GLOB support_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/support/*.cc")
if(support_sources)
  add_library(qp_test_support STATIC ${support_sources})
  target_compile_definitions(qp_test_support PRIVATE QP_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_include_directories(qp_test_support PUBLIC
      "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/tests" "${CMAKE_BINARY_DIR}/generated")
  # Headers of all libraries, code of none: a test links the rooms it tests, so that it is built without the others.
  target_link_libraries(qp_test_support PUBLIC GTest::gmock)
  foreach(library IN ITEMS deps::libnghttp3 deps::libngtcp2 deps::libssl)
    target_include_directories(qp_test_support SYSTEM PUBLIC
        $<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
else()
  add_library(qp_test_support INTERFACE)
  target_link_libraries(qp_test_support INTERFACE GTest::gmock)
endif()

function(room_test room)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${room}/*_test.cc")
  if(NOT sources)
    return()
  endif()
  if(NOT TARGET qp_${room})
    message(FATAL_ERROR "tests/${room}: there is no room of that name")
  endif()
  add_executable(${room}_test ${sources})
  target_include_directories(${room}_test PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_compile_definitions(${room}_test PRIVATE QP_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${room}_test PRIVATE qp_test_support qp_${room} GTest::gmock GTest::gtest_main)
  if(QP_LTO)
    target_link_options(${room}_test PRIVATE -fno-lto)
  endif()
  gtest_discover_tests(${room}_test DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 60)
endfunction()

file(GLOB test_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true "${CMAKE_SOURCE_DIR}/tests/*")
foreach(folder IN LISTS test_folders)
  cmake_path(GET folder FILENAME room)
  if(IS_DIRECTORY "${folder}" AND NOT room STREQUAL "support")
    room_test(${room})
  endif()
endforeach()

add_test(NAME tidy COMMAND "${CMAKE_SOURCE_DIR}/tools/tidy.py")
add_test(NAME tidy_test COMMAND "${CMAKE_SOURCE_DIR}/tools/tidy_test.py")
set_tests_properties(tidy tidy_test PROPERTIES TIMEOUT 60)
