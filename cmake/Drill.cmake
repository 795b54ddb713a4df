# hold_drill(target): the target gets the text of drills/failover.yaml (src/config/read_drill.h).
function(hold_drill target)
  set(file "${CMAKE_SOURCE_DIR}/drills/failover.yaml")
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(READ "${file}" QP_FAILOVER_DRILL)
  configure_file(cmake/failover_drill.cc.in "${CMAKE_BINARY_DIR}/generated/failover_drill.cc" @ONLY)
  target_sources(${target} PRIVATE "${CMAKE_BINARY_DIR}/generated/failover_drill.cc")
endfunction()
