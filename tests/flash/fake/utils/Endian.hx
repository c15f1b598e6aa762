package fake.utils;

class Endian {
  public static inline var BIG_ENDIAN = "bigEndian";
}
