internal import Cryptography
internal import Lifecycle
internal import Notifications
internal import NotificationsMarkup

extension Product {
    /// Makes and reads the links by which mails are turned off (NOT-059), with keys of their own from the master keys.
    func unsubscribeLinks() throws -> any UnsubscribeLinks {
        let configuration = foundations.configuration
        let ring = try KeyRing(configuration.masterKeys)
        guard let links = SignedUnsubscribeLinks(publicURL: configuration.publicURL, masters: ring.keys.map(\.secret)) else {
            throw SettingsError(problems: ["TRELLIS_MASTER_KEYS must have a key"])
        }
        return links
    }
}
