# centralita_library(<name> [DEPENDS <target>...] [TEST_DEPENDS <target>...])
#
# The library `centralita::<name>` from every .cpp below this folder except *_test.cpp, main.cpp and what lies in tools/.
# Where a queries.sql or a migrations/ folder lies beside them, their SQL becomes <name>_sql.h (see libs/pg/README.md).
# The *_test.cpp become the program <name>_test, each test case known to ctest by its sentence; TEST_DEPENDS is what
# only they need, e.g. centralita::test_database.
function(centralita_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test\\.cpp|/main\\.cpp|/tools/.*)$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(centralita_${name} STATIC ${sources})
    set(visibility PUBLIC)
  else()
    add_library(centralita_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  add_library(centralita::${name} ALIAS centralita_${name})
  target_include_directories(centralita_${name} ${visibility} ${PROJECT_SOURCE_DIR})
  target_link_libraries(centralita_${name} ${visibility} ${arg_DEPENDS})
  centralita_sql(${name} ${visibility})
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE centralita::${name} centralita::catch ${arg_TEST_DEPENDS})
    catch_discover_tests(${name}_test TEST_PREFIX "${name}: " PROPERTIES LABELS ${name} TIMEOUT 120)
  endif()
endfunction()

# centralita_service(<name> [DEPENDS <target>...] [TEST_DEPENDS <target>...]): the library of a service and its program centralita-<name>.
function(centralita_service name)
  centralita_library(${name} DEPENDS centralita::runtime ${ARGN})
  add_executable(centralita-${name} main.cpp)
  target_link_libraries(centralita-${name} PRIVATE centralita::${name})
endfunction()

# Generates <build>/<folder>/<name>_sql.h from queries.sql and migrations/ where they exist.
function(centralita_sql name visibility)
  file(GLOB_RECURSE queries CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/queries.sql)
  file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
  if(NOT queries AND NOT migrations)
    return()
  endif()
  string(REPLACE "-" "_" schema ${name})
  set(header ${CMAKE_CURRENT_BINARY_DIR}/${schema}_sql.h)
  add_custom_command(OUTPUT ${header}
    COMMAND embed_sql ${schema} ${header} ${queries} ${migrations}
    DEPENDS embed_sql ${queries} ${migrations} COMMENT "SQL of ${name}" VERBATIM)
  add_custom_target(${name}_sql DEPENDS ${header})
  add_dependencies(centralita_${name} ${name}_sql)
  target_include_directories(centralita_${name} ${visibility} ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
