# hold_page(target): the target gets the files of web/dist as bytes (src/admin/page_files.h). They are built by
# tools/web; here they are only taken in.

enable_language(ASM)

set(QP_PAGE_TYPES
  html "text/html; charset=utf-8"
  css "text/css; charset=utf-8"
  js "text/javascript; charset=utf-8"
  txt "text/plain; charset=utf-8"
  svg "image/svg+xml"
  woff2 "font/woff2")

function(hold_page target)
  set(dist "${CMAKE_SOURCE_DIR}/web/dist")
  set(generated "${CMAKE_BINARY_DIR}/generated")
  file(STRINGS "${dist}/sources.sha256" QP_PAGE_VERSION LIMIT_COUNT 1)
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${dist}/sources.sha256")

  set(QP_PAGE_INCLUDES "")
  set(QP_PAGE_SYMBOLS "")
  set(QP_PAGE_ROWS "")
  file(GLOB files CONFIGURE_DEPENDS "${dist}/*")
  list(FILTER files EXCLUDE REGEX "/sources\\.sha256$")
  foreach(file IN LISTS files)
    cmake_path(GET file FILENAME name)
    cmake_path(GET file EXTENSION LAST_ONLY extension)
    string(SUBSTRING "${extension}" 1 -1 extension)
    list(FIND QP_PAGE_TYPES ${extension} at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${file}: cmake/Page.cmake knows no media type for .${extension}")
    endif()
    math(EXPR at "${at} + 1")
    list(GET QP_PAGE_TYPES ${at} type)
    string(MAKE_C_IDENTIFIER "qp_page_${name}" symbol)
    string(APPEND QP_PAGE_INCLUDES
      "        .global ${symbol}_begin, ${symbol}_end\n${symbol}_begin:\n"
      "        .incbin \"${file}\"\n${symbol}_end:\n        .byte 0\n")
    string(APPEND QP_PAGE_SYMBOLS "extern const char ${symbol}_begin;\nextern const char ${symbol}_end;\n")
    string(APPEND QP_PAGE_ROWS
      "          {\"${name}\", \"${type}\", between(${symbol}_begin, ${symbol}_end)},\n")
  endforeach()
  configure_file(cmake/page_files.S.in "${generated}/page_files.S" @ONLY)
  configure_file(cmake/page_files.cc.in "${generated}/page_files.cc" @ONLY)
  set_source_files_properties("${generated}/page_files.S" PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE "${generated}/page_files.S" "${generated}/page_files.cc")
endfunction()
