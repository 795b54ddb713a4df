# room(<name> [USES rooms...] [LIBRARIES targets...])
#
# The static library qp_<name> of src/<name>/*.cc. A room of headers alone is an interface library. Compiling a room
# sees src/ as include root, so that every include names its room.
function(room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LIBRARIES")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cc")
  list(TRANSFORM arg_USES PREPEND qp_)

  if(sources)
    add_library(qp_${name} STATIC ${sources})
    set(scope PUBLIC)
    if(QP_LTO)
      # Both kinds of object code: the executable is optimised as a whole, tests link quickly without that.
      target_compile_options(qp_${name} PRIVATE -flto=auto -ffat-lto-objects)
    endif()
  else()
    add_library(qp_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(qp_${name} ${scope} "${CMAKE_SOURCE_DIR}/src" "${CMAKE_BINARY_DIR}/generated")
  target_link_libraries(qp_${name} ${scope} ${arg_USES} ${arg_LIBRARIES})
endfunction()

function(link_time_optimisation target)
  if(QP_LTO)
    target_compile_options(${target} PRIVATE -flto=auto)
    target_link_options(${target} PRIVATE -flto=auto)
  endif()
endfunction()
