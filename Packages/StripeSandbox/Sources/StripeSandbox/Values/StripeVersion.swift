/// The versions of Stripe's API that are spoken here.
enum StripeVersion {
    /// The native form of all objects.
    static let pinned = "2026-08-26.dahlia"
    /// The default of the official SDK 16; its objects have the same shape as far as they are simulated.
    static let known: Set<String> = [pinned, "2026-10-28.endive"]

    /// The version to answer with.
    ///
    /// - Throws: 400 for a version that is not spoken here: answering it in another shape would be a lie.
    static func accept(_ header: String?) throws -> String {
        guard let header else { return pinned }
        guard known.contains(header) else {
            throw StripeError.invalid(
                "Invalid Stripe API version: \(header). This simulator speaks \(known.sorted().joined(separator: ", ")).")
        }
        return header
    }
}
