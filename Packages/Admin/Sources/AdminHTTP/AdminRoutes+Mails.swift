internal import Admin
internal import Core
internal import HTTPServer
internal import Notifications

extension AdminRoutes {
    /// The mails of the catalogue, looked at and tried (NOT-052, ADM-036).
    var mailRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/mail/templates", operation: "list_mail_templates",
                .reading(.read) { _ in
                    let shelf = desk.mails.shelf
                    let templates: [JSONValue] = MailTemplate.allCases.map { template in
                        [
                            "name": .string(template.rawValue), "class": .string(template.mailClass.rawValue),
                            "category": .string(template.category.rawValue),
                            "locales": .array(shelf.locales(of: template).map { .string($0) }),
                            "fields": .array(MailCatalogue.fields(of: template).map { .string($0.name) }),
                        ]
                    }
                    return try .json(
                        [
                            "templates": .array(templates), "fixtures": .array(MailFixture.allCases.map { .string($0.rawValue) }),
                            "brands": .array(shelf.brands.map { .string($0) }),
                        ] as JSONValue)
                }),
            // It changes nothing; the values stand in the body because an address is no place for them.
            OperatorRoute(
                .post, "/v1/admin/mail/templates/{template}/preview", operation: "preview_mail_template",
                .reading(.read) { call in
                    let sample = try sample(call)
                    let preview = try await refusingSamples { try await desk.mails.preview(sample) }
                    return try .json(
                        [
                            "subject": .string(preview.subject), "html": .string(preview.html), "text": .string(preview.text),
                            "warnings": .array(preview.warnings.map { .string($0) }),
                        ] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/mail/templates/{template}/send-test", operation: "send_test_mail",
                .commanding(.read) { call in
                    let sample = try sample(call)
                    let address = try await refusingSamples {
                        try await desk.mails.send(sample, to: call.person.id, because: call.reason)
                    }
                    return try .json(
                        ["template": .string(sample.template.rawValue), "address": .string(address.description)] as JSONValue,
                        status: .accepted)
                }),
        ]
    }

    private func sample(_ call: OperatorCall) throws -> MailSample {
        guard let template = MailTemplate(rawValue: try call.request.parameter("template")) else { throw Problem.notFound }
        let wish = try call.request.decodeIfPresent(SampleWish.self)
        let (locale, brand) = (wish?.locale ?? "en", wish?.brand)
        guard locale.isLanguage else { throw Problem.invalidField("locale", message: "must be a language such as en or de-AT") }
        return try refusing {
            guard let context = wish?.context else {
                let name = wish?.fixture ?? MailFixture.usual.rawValue
                guard let fixture = MailFixture(rawValue: name) else {
                    let words = MailFixture.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem.invalidField("fixture", message: "must be one of \(words)")
                }
                return try MailSample(template, fixture, locale: locale, brand: brand)
            }
            guard wish?.fixture == nil else {
                throw Problem.invalidField("fixture", message: "is either given, or the context is")
            }
            return try MailSample(template, context, locale: locale, brand: brand)
        }
    }

    /// Refusals of samples in words.
    private func refusing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let refusal as MailSampleRefusal {
            throw Self.problem(refusal)
        }
    }

    private func refusingSamples<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as MailSampleRefusal {
            throw Self.problem(refusal)
        } catch OperatorRefusal.noAddress {
            throw Self.noAddress
        }
    }

    private static func problem(_ refusal: MailSampleRefusal) -> Problem {
        switch refusal {
        case .contextInvalid(let why): Problem.invalidField("context", message: "is not the context of this mail: \(why)")
        case .brandUnknown(let name): Problem.invalidField("brand", message: "there is no brand \(name)")
        case .notWritten(let why): Problem.invalidField("context", message: "cannot be printed: \(why)")
        }
    }

    static var mailDescriptions: [RouteDescription] {
        let wish: KeyValuePairs<String, Schema> = [
            "fixture": Schema.words(of: MailFixture.self).means("Made-up values; `usual` without."),
            "context": Schema.any.means("Values instead of a fixture, by the names of the template's context."),
            "locale": Schema.text("en").means("The language; `en` without."), "brand": Schema.string.orNull,
        ]
        let invalid = Problem.invalidField("context", message: "is not the context of this mail")
        return [
            RouteDescription(
                "list_mail_templates", "Lists the mails of the catalogue, and what samples of them are made of.", for: access(.read)
            ).answers(
                .ok, "The mails.",
                .object(
                    "MailTemplateList",
                    [
                        "templates": .array(
                            of: .object([
                                "name": .text("welcome"), "class": .words(of: MailClass.self), "category": .words(of: MailCategory.self),
                                "locales": .array(of: .text("en")), "fields": .array(of: .text("org")),
                            ])), "fixtures": .array(of: .words(of: MailFixture.self)), "brands": .array(of: .string),
                    ])),
            RouteDescription(
                "preview_mail_template", "Writes a mail with a fixture or with given values. Nothing is sent, and no link opens anything.",
                for: access(.read)
            )
            .mayTake(Schema.object([:]).withOptional(wish))
            .answers(
                .ok, "The mail as people would get it, and what whoever looks at it should know.",
                .object("MailPreview", ["subject": .string, "html": .string, "text": .string, "warnings": .array(of: .string)])
            ).refuses(Problem.notFound, invalid),
            write(
                "send_test_mail", "Sends such a mail to the address of the operator who asks, and to no other; no link opens anything.",
                for: .read
            )
            .query("validate_only", .boolean, "The answer is what would be.")
            .mayTake(Schema.object([:]).withOptional(wish).withOptional(["reason": reason]))
            .answers(.accepted, "It is queued.", .object("TestMail", ["template": .text("welcome"), "address": .text("ops@example.com")]))
            .answers(.ok, "With `validate_only`: what would follow.", .any).refuses(Problem.notFound, invalid, noAddress),
        ]
    }
}

private struct SampleWish: Decodable {
    let fixture: String?
    let context: JSONValue?
    let locale: String?
    let brand: String?
}

extension String {
    /// Whether it could be a language tag (RFC 5646).
    fileprivate var isLanguage: Bool {
        (2...35).contains(utf8.count)
            && utf8.allSatisfy { (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}
