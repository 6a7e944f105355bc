/// SystemC's library refers to it; this program never calls it.
extern "C" int sc_main(int, char**) {
  return 0;
}
