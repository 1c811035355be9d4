# Flags that every target shares. They must not differ between targets: one precompiled header serves them all.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers -ffp-contract=off -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 in std::string and std::expected at -O2.
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -fpch-preprocess
                      $<$<CONFIG:RelWithDebInfo>:-Wno-maybe-uninitialized>)
else()
  # clang calls attributes of the precompiled header's owner unused elsewhere.
  # libstdc++ 12's std::stable_sort calls what C++17 deprecated.
  add_compile_options(-Wno-deprecated-declarations -Wno-unused-command-line-argument -Xclang -fno-pch-timestamp)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-msse4.2 -mpclmul)
endif()
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)

if(TESSERA_SANITIZE)
  add_compile_options(-fsanitize=${TESSERA_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TESSERA_SANITIZE})
endif()

find_program(LLD NAMES ld.lld-19 ld.lld)
if(LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(--ld-path=${LLD})
elseif(LLD)
  get_filename_component(LLD_REAL ${LLD} REALPATH)
  get_filename_component(LLD_FOLDER ${LLD_REAL} DIRECTORY)
  add_link_options(-fuse-ld=lld -B${LLD_FOLDER})
endif()
find_package(Threads REQUIRED)
