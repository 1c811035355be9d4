# Compiles the pages of this folder into the module http.
if(TARGET http)
  file(GLOB page_parts CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/*.html ${CMAKE_CURRENT_LIST_DIR}/*.css ${CMAKE_CURRENT_LIST_DIR}/*.js)
  set(page_source ${CMAKE_CURRENT_BINARY_DIR}/index_html.cc)
  add_custom_command(OUTPUT ${page_source}
    COMMAND ${CMAKE_COMMAND} -DFROM=${CMAKE_CURRENT_LIST_DIR}/index.html -DTO=${page_source} -DFUNCTION=index_html
      -P ${CMAKE_CURRENT_LIST_DIR}/embed.cmake
    DEPENDS ${page_parts} ${CMAKE_CURRENT_LIST_DIR}/embed.cmake VERBATIM)
  target_sources(http PRIVATE ${page_source})
endif()
