// C23 gave strtol the 0b prefix, and glibc 2.38 gave that strtol a name of its own, which programs compiled against
// newer headers ask for. Older C libraries lack it. OpenSSL reads no binary numbers, so the old function will do.

#include <stdlib.h>

long __isoc23_strtol(const char* text, char** end, int base);

long __isoc23_strtol(const char* text, char** end, int base) {
  return strtol(text, end, base);
}
