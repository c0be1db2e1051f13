public import Kustomize

extension BuildServices {
  /// The programs on PATH, each looked up when an overlay first needs it. Encrypted files stay so.
  public static let programs = BuildServices(charts: HelmProgram())

  /// The same, and encrypted files are opened with the age keys in a file.
  public static func programs(ageKeys file: String) -> BuildServices {
    BuildServices(charts: programs.charts, decryption: SopsProgram(keyFile: file))
  }

  /// What a hub with this credentials directory uses.
  public static func programs(credentialsDirectory: String) -> BuildServices {
    programs(ageKeys: "\(credentialsDirectory)/\(SopsProgram.keyFileName)")
  }
}
