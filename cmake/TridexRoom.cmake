# tridex_room(NAME PATH [REGISTERING] SOURCES... DEPENDS ... [PRIVATE_DEPENDS ...])
#
# One room of the house: library tridex_NAME from the sources in PATH. Its headers are included by their path from the
# project's root ("models/graph.h"), and only targets that link the room can: each room has an include root of its own
# in the build folder, which holds nothing but a link to PATH.
#
# With TRIDEX_UNITY ten sources are one translation unit, so what is in their anonymous namespaces has names of its own in
# the room.
#
# Rooms in TRIDEX_SANITIZE_WITHOUT are compiled without the sanitizers of the rest.
#
# REGISTERING: the room holds self-registering files; its objects are linked whole (a static library would drop them).
function(tridex_room NAME PATH)
  cmake_parse_arguments(ROOM "REGISTERING" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  set(root "${CMAKE_BINARY_DIR}/roots/${NAME}")
  get_filename_component(parent "${root}/${PATH}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  get_filename_component(project "${CMAKE_CURRENT_FUNCTION_LIST_DIR}" DIRECTORY)
  file(CREATE_LINK "${project}/${PATH}" "${root}/${PATH}" SYMBOLIC)

  if(NOT ROOM_SOURCES)
    add_library(tridex_${NAME} INTERFACE)
    target_include_directories(tridex_${NAME} INTERFACE "${root}")
    target_link_libraries(tridex_${NAME} INTERFACE ${ROOM_DEPENDS})
    return()
  endif()
  if(ROOM_REGISTERING)
    add_library(tridex_${NAME}_objects OBJECT ${ROOM_SOURCES})
    set_target_properties(tridex_${NAME}_objects PROPERTIES UNITY_BUILD ${TRIDEX_UNITY} UNITY_BUILD_BATCH_SIZE 10)
    target_include_directories(tridex_${NAME}_objects PUBLIC "${root}")
    target_link_libraries(tridex_${NAME}_objects PUBLIC ${ROOM_DEPENDS} PRIVATE ${ROOM_PRIVATE_DEPENDS})
    add_library(tridex_${NAME} INTERFACE)
    target_include_directories(tridex_${NAME} INTERFACE "${root}")
    target_link_libraries(tridex_${NAME} INTERFACE $<TARGET_OBJECTS:tridex_${NAME}_objects> ${ROOM_DEPENDS}
                          ${ROOM_PRIVATE_DEPENDS})
  else()
    add_library(tridex_${NAME} STATIC ${ROOM_SOURCES})
    set_target_properties(tridex_${NAME} PROPERTIES UNITY_BUILD ${TRIDEX_UNITY} UNITY_BUILD_BATCH_SIZE 10)
    target_include_directories(tridex_${NAME} PUBLIC "${root}")
    target_link_libraries(tridex_${NAME} PUBLIC ${ROOM_DEPENDS} PRIVATE ${ROOM_PRIVATE_DEPENDS})
  endif()
  if(TRIDEX_SANITIZE AND NAME IN_LIST TRIDEX_SANITIZE_WITHOUT)
    if(ROOM_REGISTERING)
      target_compile_options(tridex_${NAME}_objects PRIVATE -fno-sanitize=all)
    else()
      target_compile_options(tridex_${NAME} PRIVATE -fno-sanitize=all)
    endif()
  endif()
endfunction()
