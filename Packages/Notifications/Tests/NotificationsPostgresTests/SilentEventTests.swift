import Core
import Foundation
import Graphs
import Notifications
import NotificationsPostgres
import Observability
import PlatformTesting
import Testing

@testable import JobsPostgres

/// Whether anybody hears of what happens in Identity and Orgs. Types cannot be listed at run time, so the sources are read.
@Suite struct SilentEventTests {
    private struct EventInSource {
        let type: String
        let topic: String
    }

    private func sources(of package: String) throws -> [(file: String, text: String)] {
        let packages = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = packages.appending(path: "\(package)/Sources")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path())).compactMap { $0 as? String }
        return try files.filter { $0.hasSuffix(".swift") }.sorted().map { file in
            (file, String(decoding: try Data(contentsOf: folder.appending(path: file)), as: UTF8.self))
        }
    }

    private func events(of package: String) throws -> [EventInSource] {
        try sources(of: package).flatMap { file, source in
            // A conformance may stand at the type or in an extension of it, with others before it.
            try source.matches(of: /(?:struct|enum|extension|class) (\w+)[^{\n]*:[^{]*\bDomainEvent\b[^{]*\{/).map { match in
                let body = source[match.range.upperBound...]
                let topic = try #require(
                    body.firstMatch(of: /static (?:let|var) topic[^"\n]*"([a-z_.]+)"/), "\(match.1) in \(file) has no topic to read")
                return EventInSource(type: String(match.1), topic: String(topic.1))
            }
        }
    }

    private func heard() async throws -> Set<String> {
        try await Outbox.with { outbox in
            var registry = JobRegistry()
            NotificationHandlers(
                store: outbox.store, outbox: outbox.outbox, facts: NoFacts(), renderer: PlainRenderer(), sender: ScriptedSender(),
                graphs: .standard, dateSource: outbox.clock, log: .silent
            ).register(on: &registry)
            return Set(registry.listeners.filter { !$0.value.isEmpty }.keys)
        }
    }

    @Test func `NOT-171 every event of Identity and Orgs has a mail or a reason why nobody is told`() async throws {
        let heard = try await heard()
        let silent = Set(SilentEvent.all.map(\.topic))
        for package in ["Identity", "Orgs"] {
            let events = try events(of: package)
            // Whatever declares a topic was found as an event: an unusual way to write one would be missed otherwise.
            let topics = try sources(of: package).flatMap {
                $0.text.matches(of: /\btopic\b[^\n]*"([a-z_]+\.[a-z_]+)"/).map { String($0.1) }
            }
            #expect(!events.isEmpty)
            #expect(events.map(\.topic).sorted() == topics.sorted())
            for event in events {
                #expect(
                    heard.contains(event.topic) != silent.contains(event.topic),
                    "\(event.type) (\(event.topic)) needs a rule in NotificationHandlers or a reason in SilentEvent.all, and not both")
            }
        }
    }

    @Test func `NOT-171 the list of silent events names each once, with a reason, and none that is gone`() throws {
        let known = Set(try (events(of: "Identity") + events(of: "Orgs")).map(\.topic))
        let silent = SilentEvent.all
        #expect(Set(silent.map(\.topic)).count == silent.count)
        for event in silent {
            #expect(known.contains(event.topic), "\(event.topic)")
            #expect(event.reason.count > 10)
        }
    }
}
