internal import Admin
internal import Core
internal import Cryptography
internal import HTTPServer
internal import Pages

extension OperatorConsole {
    /// The empty form, or the one that was refused with what was typed.
    func ask(
        _ form: ConsoleWrite, _ request: Request, _ person: SignedIn, values: [String: String], refusal: Problem?, status: Status = .ok
    ) -> Response {
        // The words stand above the form, are read out at once, and are tied to the fields that they are about.
        let wrong = Set((refusal?.fields ?? []).compactMap(\.location.last))
        let fields: [HTMLFragment] = form.fields.map {
            Self.input($0, value: values[$0.name] ?? "", isWrong: wrong.contains($0.name))
        }
        let told: HTMLFragment = refusal.map { "<p class=\"error\" role=\"alert\" id=\"refusal\">\($0.detail)</p>" } ?? ""
        return ConsolePage(
            form.title, person, at: nil,
            """
            \(told)
            \(about(request))
            <form method="post" action="\(request.path)"><input type="hidden" name="form_token" value="\(person.formToken)">
            \(fields)
            <label for="reason">Why, in 10 to 500 characters</label>
            <textarea id="reason" name="reason" minlength="10" maxlength="500" required\(Self.mark(wrong.contains("reason")))>\(values["reason"] ?? "")</textarea>
            <button type="submit">Look at it again before it is done</button></form>
            <p><a href="\(form.back.filled(request.pathParameters))">Back, without changing anything</a></p>
            """
        ).response(status)
    }

    /// Takes a form: the first time it is shown again, the second time it is done.
    func take(_ form: ConsoleWrite, _ request: Request, _ person: SignedIn) async throws -> Response {
        let sent = try request.form()
        try checkForm(request, sent, of: person)
        var values: [String: String] = [:]
        for name in form.fields.map(\.name) + ["reason"] { values[name] = sent[name] ?? "" }
        guard let reason = values["reason"], (10...500).contains(reason.count) else {
            let refusal = Problem.invalidField("reason", message: "must have 10 to 500 characters")
            return ask(form, request, person, values: values, refusal: refusal, status: refusal.status)
        }
        let body: JSONValue
        do {
            body = try Self.body(of: form, values)
        } catch let problem as Problem {
            return ask(form, request, person, values: values, refusal: problem, status: problem.status)
        }
        guard let once = sent["once"] else { return try await preview(form, request, person, values, refusal: nil) }
        if form.isDestructive, sent["typed"] != form.confirmation(in: request) {
            return try await preview(form, request, person, values, refusal: "What you typed is something else. Nothing was done.")
        }
        guard let number = Base64URL.decode(once), try await sessions.takeChallenge(number) else {
            let detail =
                "This form was sent already, or is older than five minutes. Nothing was done now; look at the page it leads back to."
            return failure(.conflict, detail, request, person)
        }
        let target = form.api.filled(request.pathParameters).filled(values)
        let answer = try await call(form.method, target, body, from: request, as: person)
        guard answer.status.rawValue < 400 else {
            guard answer.status == .unprocessableContent || answer.status == .badRequest else {
                return failure(answer.status, Self.words(of: answer.body), request, person)
            }
            return ask(form, request, person, values: values, refusal: Self.problem(answer.status, answer.body), status: answer.status)
        }
        // What takes two leads to the page where it waits.
        if let waiting = answer.body["approval_id"]?.stringValue {
            return Response.redirect(to: "/console/approvals/" + ConsoleText.encoded(waiting))
        }
        let back = form.back.filled(request.pathParameters)
        guard form.showsAnswer else { return Response.redirect(to: back + "?done=" + ConsoleText.encoded(form.title)) }
        let page = ConsoleRead(path: form.path, title: form.title, api: form.api)
        return ConsolePage(
            "Done: \(form.title)", person,
            """
            <p role="status">What follows is shown this once.</p>
            \(ConsoleRendering(page: page, request: request).content(of: answer.body))
            <p><a href="\(back)">Go on</a></p>
            """
        ).response()
    }

    private func preview(
        _ form: ConsoleWrite, _ request: Request, _ person: SignedIn, _ values: [String: String], refusal: String?
    ) async throws -> Response {
        let rows: [HTMLFragment] = (form.fields.map { ($0.name, $0.label) } + [("reason", "Why")]).map { name, label in
            let value = values[name] ?? ""
            return "<dt>\(label)</dt><dd>\(value.isEmpty ? "left as it is" : value)</dd>"
        }
        let hidden: [HTMLFragment] = values.keys.sorted().map { "<input type=\"hidden\" name=\"\($0)\" value=\"\(values[$0] ?? "")\">" }
        let typed: HTMLFragment =
            form.isDestructive
            ? """
            <label for="typed">Type \(form.confirmation(in: request)) to show that you mean it</label>
            <input id="typed" name="typed" autocomplete="off" required>
            """ : ""
        let once = Base64URL.encode(try await sessions.makeChallenge())
        return ConsolePage(
            "\(form.title): is this right?", person,
            """
            \(.error(refusal))
            <p>Nothing has been done yet.</p>
            \(about(request))
            <dl>\(rows)</dl>
            <form method="post" action="\(request.path)"><input type="hidden" name="form_token" value="\(person.formToken)">
            <input type="hidden" name="once" value="\(once)">\(hidden)\(typed)<button type="submit">\(form.button)</button></form>
            <p><a href="\(form.back.filled(request.pathParameters))">Back, without changing anything</a></p>
            """
        ).response(refusal == nil ? .ok : .unprocessableContent)
    }

    private func about(_ request: Request) -> HTMLFragment {
        let names = request.pathParameters.values.sorted()
        return names.isEmpty ? "" : "<p>It is about \(names.joined(separator: ", ")).</p>"
    }

    /// What the API is told.
    private static func body(of form: ConsoleWrite, _ values: [String: String]) throws -> JSONValue {
        var members: [String: JSONValue] = ["reason": .string(values["reason"] ?? "")]
        for field in form.fields where !form.api.contains("{\(field.name)}") {
            let text = values[field.name] ?? ""
            if text.isEmpty, field.isOptional { continue }
            switch field.kind {
            case .limit where text == "unlimited": members[field.name] = .null
            case .number, .limit:
                guard let number = Int64(text) else { throw Problem.invalidField(field.name, message: "must be a whole number") }
                members[field.name] = .integer(number)
            case .line, .text, .choice: members[field.name] = .string(text)
            }
        }
        return .object(members)
    }

    private static func mark(_ isWrong: Bool) -> HTMLFragment {
        isWrong ? " aria-invalid=\"true\" aria-describedby=\"refusal\"" : ""
    }

    /// What the API refused, with the fields that it names.
    private static func problem(_ status: Status, _ body: JSONValue) -> Problem {
        let fields = (body["detail"]?.arrayValue ?? []).map { fault in
            Problem.Field(
                location: fault["loc"]?.arrayValue?.compactMap(\.stringValue) ?? [], message: fault["msg"]?.stringValue ?? "",
                type: fault["type"]?.stringValue ?? "")
        }
        return Problem(status: status, code: "INVALID_INPUT", detail: words(of: body), fields: fields)
    }

    /// A labelled field.
    static func input(_ field: ConsoleField, value: String, isWrong: Bool = false) -> HTMLFragment {
        let (id, need): (String, HTMLFragment) = ("field-" + field.name, "\(field.isOptional ? "" : " required")\(mark(isWrong))")
        let label: HTMLFragment = "<label for=\"\(id)\">\(field.label)</label>"
        switch field.kind {
        case .line, .limit: return "\(label)<input id=\"\(id)\" name=\"\(field.name)\" value=\"\(value)\" maxlength=\"500\"\(need)>"
        case .number:
            return "\(label)<input id=\"\(id)\" name=\"\(field.name)\" value=\"\(value)\" inputmode=\"numeric\" maxlength=\"12\"\(need)>"
        case .text: return "\(label)<textarea id=\"\(id)\" name=\"\(field.name)\" maxlength=\"2000\"\(need)>\(value)</textarea>"
        case .choice(let words):
            let options: [HTMLFragment] = words.map { word in
                let mark: HTMLFragment = word == value ? " selected" : ""
                return "<option value=\"\(word)\"\(mark)>\(word.isEmpty ? "any" : word)</option>"
            }
            return "\(label)<select id=\"\(id)\" name=\"\(field.name)\"\(need)>\(options)</select>"
        }
    }
}
