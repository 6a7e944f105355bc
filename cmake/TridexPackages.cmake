# Every package is a Debian one (scripts/packages.txt). Headers of all of them are SYSTEM: their warnings are not ours.
if(NOT PROJECT_IS_TOP_LEVEL)
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # a project around this one links what these are part of
endif()
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

find_path(TRIDEX_XXHASH_INCLUDE xxhash.h REQUIRED)
find_library(TRIDEX_XXHASH_LIBRARY xxhash REQUIRED)
add_library(tridex_xxhash INTERFACE)
target_include_directories(tridex_xxhash SYSTEM INTERFACE ${TRIDEX_XXHASH_INCLUDE})
target_link_libraries(tridex_xxhash INTERFACE ${TRIDEX_XXHASH_LIBRARY})

# Debian ships a .pc file only. The library is built as C++17, and checks that at link time through SC_CPLUSPLUS.
find_path(TRIDEX_SYSTEMC_INCLUDE systemc REQUIRED)
find_library(TRIDEX_SYSTEMC_LIBRARY systemc REQUIRED)
add_library(tridex_systemc INTERFACE)
target_include_directories(tridex_systemc SYSTEM INTERFACE ${TRIDEX_SYSTEMC_INCLUDE})
target_compile_definitions(tridex_systemc INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
target_link_libraries(tridex_systemc INTERFACE ${TRIDEX_SYSTEMC_LIBRARY} Threads::Threads)

# A project with RTL of its own needs no more (scripts/packages-own-rtl.txt).
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

find_package(SQLite3 REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)

find_path(TRIDEX_EIGEN_INCLUDE Eigen/Core PATH_SUFFIXES eigen3 REQUIRED)
add_library(tridex_eigen INTERFACE)
target_include_directories(tridex_eigen SYSTEM INTERFACE ${TRIDEX_EIGEN_INCLUDE})

# The CMake package of libzip-dev wants programs of another Debian package.
find_path(TRIDEX_LIBZIP_INCLUDE zip.h REQUIRED)
find_library(TRIDEX_LIBZIP_LIBRARY zip REQUIRED)
add_library(tridex_libzip INTERFACE)
target_include_directories(tridex_libzip SYSTEM INTERFACE ${TRIDEX_LIBZIP_INCLUDE})
target_link_libraries(tridex_libzip INTERFACE ${TRIDEX_LIBZIP_LIBRARY})

# Debian's CMake package wants those of Boost, Eigen and TBB; these are what its headers and its library need.
find_path(TRIDEX_PAGMO_INCLUDE pagmo/algorithm.hpp REQUIRED)
find_library(TRIDEX_PAGMO_LIBRARY pagmo REQUIRED)
find_library(TRIDEX_BOOST_SERIALIZATION_LIBRARY boost_serialization REQUIRED)
find_library(TRIDEX_TBB_LIBRARY tbb REQUIRED)
add_library(tridex_pagmo INTERFACE)
target_include_directories(tridex_pagmo SYSTEM INTERFACE ${TRIDEX_PAGMO_INCLUDE})
target_link_libraries(tridex_pagmo INTERFACE ${TRIDEX_PAGMO_LIBRARY} ${TRIDEX_BOOST_SERIALIZATION_LIBRARY}
                                             ${TRIDEX_TBB_LIBRARY} tridex_eigen)
