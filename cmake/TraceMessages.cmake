# Code for the messages that spans are exported in, made from third_party/ at build time:
#   deps::otlp    OTLP's messages, by protobuf's lite runtime
#   deps::jaeger  Jaeger's messages, by Thrift
# Both runtimes are linked statically: they are small, and libthrift.so would bring the system's OpenSSL with it.

find_program(PROTOC protoc REQUIRED)
find_program(THRIFT thrift REQUIRED)
find_library(PROTOBUF_LITE libprotobuf-lite.a REQUIRED)
find_library(LIBTHRIFT libthrift.a REQUIRED)
find_path(BOOST_INCLUDE boost/numeric/conversion/cast.hpp REQUIRED)  # Thrift's headers include it

# A library of generated sources, whose warnings are nobody's business.
function(message_library name folder runtime)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} SYSTEM PUBLIC "${folder}")
  target_compile_options(${name} PRIVATE -w)
  target_link_libraries(${name} PUBLIC "${runtime}" Threads::Threads)
  set_target_properties(${name} PROPERTIES CXX_CLANG_TIDY "")
endfunction()

set(proto_root "${CMAKE_SOURCE_DIR}/third_party/opentelemetry-proto")
set(proto_out "${CMAKE_BINARY_DIR}/generated/otlp")
set(proto_code)
foreach(part IN ITEMS common/v1/common resource/v1/resource trace/v1/trace collector/trace/v1/trace_service)
  set(path "opentelemetry/proto/${part}")
  add_custom_command(
    OUTPUT "${proto_out}/${path}.pb.cc" "${proto_out}/${path}.pb.h"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${proto_out}"
    COMMAND "${PROTOC}" "--proto_path=${proto_root}" "--cpp_out=lite:${proto_out}" "${proto_root}/${path}.proto"
    DEPENDS "${proto_root}/${path}.proto"
    VERBATIM)
  list(APPEND proto_code "${proto_out}/${path}.pb.cc" "${proto_out}/${path}.pb.h")
endforeach()
message_library(otlp_messages "${proto_out}" "${PROTOBUF_LITE}" ${proto_code})
add_library(deps::otlp ALIAS otlp_messages)

set(thrift_file "${CMAKE_SOURCE_DIR}/third_party/jaeger-idl/jaeger.thrift")
set(thrift_out "${CMAKE_BINARY_DIR}/generated/jaeger")
set(thrift_code "${thrift_out}/jaeger/jaeger_types.cpp" "${thrift_out}/jaeger/jaeger_types.h")
add_custom_command(
  OUTPUT ${thrift_code}
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${thrift_out}/jaeger"
  COMMAND "${THRIFT}" --gen cpp:no_skeleton -out "${thrift_out}/jaeger" "${thrift_file}"
  DEPENDS "${thrift_file}"
  VERBATIM)
message_library(jaeger_messages "${thrift_out}" "${LIBTHRIFT}" ${thrift_code})
target_include_directories(jaeger_messages SYSTEM PUBLIC "${BOOST_INCLUDE}")
add_library(deps::jaeger ALIAS jaeger_messages)
