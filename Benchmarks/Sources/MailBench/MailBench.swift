internal import Core
internal import Markup
internal import Notifications
internal import NotificationsMarkup

/// Writes usual mails of the whole catalogue from their stored contexts, one after the other on one core, and prints how many a second (NOT-196).
@main struct MailBench {
    struct Secrets: MailLinkSecrets {
        func secret(of link: MailSecretLink) -> SecretString { SecretString("benchmark") }
    }

    struct BenchmarkFailed: Error, CustomStringConvertible {
        let description: String
    }

    static func main() async throws {
        guard let base = MarkupLink.Base("https://app.example.com"), let recipient = MailAddress("ada@example.com") else {
            throw BenchmarkFailed(description: "the addresses of the benchmark cannot be read")
        }
        let renderer = try MarkupMailRenderer(
            configuration: .init(
                base: base, providerHosts: [],
                brand: MarkupBrand(
                    productName: "Trellis", supportAddress: "support@example.com", legalLine: "Example Ltd", home: base.link([]),
                    palettes: .standard), secrets: Secrets()))
        let mails = try MailTemplate.allCases.map { try MailFixture.usual.mail($0, recipient: recipient) }
        for mail in mails { _ = try await renderer.render(mail) }
        var (count, bytes, slowest) = (0, 0, Duration.zero)
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(5) {
            for mail in mails {
                let start = ContinuousClock.now
                let rendered = try await renderer.render(mail)
                let leaving = try renderer.finish(rendered, of: mail)
                slowest = max(slowest, ContinuousClock.now - start)
                count += 1
                bytes += leaving.html.utf8.count + leaving.text.utf8.count
            }
        }
        let seconds = Double((ContinuousClock.now - began).wholeMilliseconds) / 1_000
        let rate = Double(count) / seconds
        print(
            "{\"mails\":\(count),\"seconds\":\(seconds),\"mails_per_second\":\(Int(rate)),\"bytes_per_mail\":\(bytes / count),\"slowest_ms\":\(slowest.wholeMilliseconds)}"
        )
        guard rate >= 2_000 else { throw BenchmarkFailed(description: "fewer than 2000 mails a second on one core") }
    }
}
