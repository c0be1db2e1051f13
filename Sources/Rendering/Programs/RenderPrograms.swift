public import Kustomize

extension BuildServices {
  /// The programs on PATH, each looked up when an overlay first needs it.
  public static let programs = BuildServices(charts: HelmProgram())
}
