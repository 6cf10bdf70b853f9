/// A picture above a mail: the only one in it, fetched over https and never needed to understand the mail (NOT-012).
public struct MarkupLogo: Sendable, Hashable {
    /// Where it is.
    public let source: MarkupLink
    /// What stands in its place where pictures are not shown.
    public let alternative: String
    /// Its size in pixels.
    public let width, height: Int

    /// Takes a picture.
    ///
    /// - Returns: `nil` unless it is a file at an https address, has a text, and is at most 600 pixels wide and 200 high.
    public init?(_ url: String, alternative: String, width: Int, height: Int) {
        guard url.hasPrefix("https://"), let slash = url.lastIndex(of: "/"), let folder = MarkupLink.Base(String(url[..<slash])),
            !alternative.isEmpty, (1...600).contains(width), (1...200).contains(height)
        else { return nil }
        let file = String(url[url.index(after: slash)...])
        guard !file.isEmpty else { return nil }
        source = folder.link([file])
        self.alternative = alternative
        self.width = width
        self.height = height
    }
}
