internal import Glibc

/// What the hub's machine knows of its users: passwd and group, whatever stands behind them.
enum LocalUsers {
  static func loginName(_ user: uid_t) -> String? {
    entry(of: user) { $0.pw_name.map { String(cString: $0) } }
  }

  /// Names of all groups of a user, as `id USER` prints them.
  static func groups(of user: uid_t) -> [String] {
    let identifiers = entry(of: user) { entry -> [gid_t]? in
      guard let name = entry.pw_name else { return nil }
      var count: Int32 = 64
      var groups = [gid_t](repeating: 0, count: Int(count))
      while getgrouplist(name, entry.pw_gid, &groups, &count) < 0 {
        guard count > groups.count, count <= 1 << 16 else { return nil }
        groups = [gid_t](repeating: 0, count: Int(count))
      }
      return Array(groups.prefix(Int(count)))
    }
    return (identifiers ?? []).compactMap(groupName)
  }

  static func group(named name: String) -> gid_t? {
    var entry = Glibc.group()
    var found: UnsafeMutablePointer<Glibc.group>?
    return withGrowingBuffer { buffer, room in
      getgrnam_r(name, &entry, buffer, room, &found)
    } read: {
      found == nil ? nil : entry.gr_gid
    }
  }

  private static func groupName(_ group: gid_t) -> String? {
    var entry = Glibc.group()
    var found: UnsafeMutablePointer<Glibc.group>?
    return withGrowingBuffer { buffer, room in
      getgrgid_r(group, &entry, buffer, room, &found)
    } read: {
      found == nil ? nil : entry.gr_name.map { String(cString: $0) }
    }
  }

  private static func entry<Value>(of user: uid_t, _ body: (passwd) -> Value?) -> Value? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    return withGrowingBuffer { buffer, room in
      getpwuid_r(user, &entry, buffer, room, &found)
    } read: {
      found == nil ? nil : body(entry)
    }
  }

  /// Asks again with twice the room while there is too little (a group may have thousands of members),
  /// and reads the answer while its room is there.
  private static func withGrowingBuffer<Value>(
    _ ask: (UnsafeMutablePointer<CChar>, Int) -> Int32, read: () -> Value?
  ) -> Value? {
    var room = 1 << 14
    while room <= 1 << 24 {
      let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: room)
      defer { buffer.deallocate() }
      switch ask(buffer, room) {
      case 0: return read()
      case ERANGE: room *= 2
      default: return nil
      }
    }
    return nil
  }
}
