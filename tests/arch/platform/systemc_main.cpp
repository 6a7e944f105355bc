extern "C" int sc_main(int argc, char* argv[]);

/// Wanted by the SystemC library of every executable that brings its own main. This one includes no SystemC:
/// the platform is used through run.h alone.
int sc_main(int, char*[]) {
  return 0;
}
