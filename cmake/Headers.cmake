# check_headers: compiles every header alone, so that none relies on what its includers include before it.

file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/src/*/*.h")
set(units)
foreach(header IN LISTS headers)
  string(REGEX REPLACE "\\.h$" ".cc" unit "${CMAKE_BINARY_DIR}/headers/${header}")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include \"${header}\"\n")
  list(APPEND units "${unit}")
endforeach()

if(units)
  add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${units})
  target_link_libraries(check_headers PRIVATE qp_server)
endif()
