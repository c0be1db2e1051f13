internal import Manifests

/// A kubeconfig with one context per simulated cluster, named like the cluster.
enum Kubeconfig {
  struct Entry {
    let name: String
    let server: String
    let token: String
  }

  static func text(_ entries: [Entry], authority: String) -> String {
    let data = Base64.encode(Array(authority.utf8))
    var text = "apiVersion: v1\nkind: Config\npreferences: {}\n"
    if let first = entries.first { text += "current-context: \(first.name)\n" }
    text += "clusters:\n"
    for entry in entries {
      text += """
        - name: \(entry.name)
          cluster:
            server: \(entry.server)
            certificate-authority-data: \(data)

        """
    }
    text += "users:\n"
    for entry in entries {
      text += "- name: \(entry.name)\n  user:\n    token: \(entry.token)\n"
    }
    text += "contexts:\n"
    for entry in entries {
      text += """
        - name: \(entry.name)
          context:
            cluster: \(entry.name)
            user: \(entry.name)

        """
    }
    return text
  }
}
