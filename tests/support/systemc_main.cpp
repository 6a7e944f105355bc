#include <systemc>

/// Wanted by the SystemC library of every executable that brings its own main.
int sc_main(int, char*[]) {
  return 0;
}
