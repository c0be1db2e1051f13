/// The version of Flotilla.
public enum HubVersion {
  public static let current = "0.1.0"
}
