/// The console's one style sheet and one script, served as files of their own, so that nothing else counts on its pages (ADM-072).
enum ConsoleFiles {
    static let style = #"""
        :root { color-scheme: light dark; --ink: #1a1a2e; --paper: #fff; --line: #767676; --quiet: #555; --act: #4338ca; --on-act: #fff; --bad: #b91c1c; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8e8f0; --paper: #16161f; --line: #8a8a99; --quiet: #b4b4c0; --act: #a5b4fc; --on-act: #16161f; --bad: #fca5a5; } }
        * { box-sizing: border-box; }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 0 1rem 3rem; max-width: 76rem; color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
        .skip { position: absolute; left: -100rem; padding: .5rem; background: var(--paper); color: var(--ink); }
        .skip:focus { left: 0; top: 0; z-index: 1; }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem .5rem; list-style: none; padding: 0; margin: .5rem 0; }
        nav a, .acts a { display: inline-block; min-height: 44px; padding: .6rem .5rem; color: var(--act); }
        nav a[aria-current] { font-weight: 700; border-bottom: 3px solid var(--act); text-decoration: none; }
        a { color: var(--act); }
        h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        .scroll { overflow-x: auto; max-width: 100%; }
        table { border-collapse: collapse; } caption { text-align: left; color: var(--quiet); }
        th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); min-width: 7rem; max-width: 24rem; }
        dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .25rem 1rem; } dt { color: var(--quiet); } dd { margin: 0; }
        label { display: block; margin-top: .75rem; }
        input, select, textarea, button { font: inherit; min-height: 44px; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .3rem; max-width: 100%; color: var(--ink); background: var(--paper); }
        input, select, textarea { width: 100%; max-width: 36rem; } textarea { min-height: 6rem; }
        button { margin-top: 1rem; cursor: pointer; background: var(--act); color: var(--on-act); }
        :focus-visible { outline: 3px solid #d97706; outline-offset: 2px; }
        .error { border: 2px solid var(--bad); padding: .75rem; border-radius: .4rem; } .note { color: var(--quiet); font-size: .9rem; }
        iframe.mail { width: 100%; height: 40rem; border: 1px solid var(--line); background: #fff; } pre.mail { white-space: pre-wrap; border: 1px solid var(--line); padding: .75rem; }
        .live { padding-left: 1.5rem; }
        @media (max-width: 30rem) { dl { grid-template-columns: minmax(0, 1fr); } }

        """#

    static let script = #"""
        "use strict";
        (function () {
          const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
          const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
          const post = async (path, body) => {
            const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), redirect: "error" });
            const told = answer.status === 204 ? {} : await answer.json();
            if (!answer.ok) throw new Error(told.detail || "That did not work.");
            return told;
          };
          const say = (form, words) => {
            const place = form.querySelector("[role=alert]");
            place.textContent = words;
            place.hidden = false;
          };

          const form = document.querySelector("form[data-ceremony]");
          if (form) form.addEventListener("submit", async (event) => {
            event.preventDefault();
            const button = form.querySelector("button");
            button.disabled = true;
            try {
              const challenge = decode((await post("/console/challenge", {})).challenge);
              if (form.dataset.ceremony === "enrol") {
                const made = await navigator.credentials.create({ publicKey: {
                  challenge, rp: { id: form.dataset.party, name: "Trellis" },
                  user: { id: decode(form.dataset.handle), name: form.dataset.name, displayName: form.dataset.name },
                  pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }, { type: "public-key", alg: -257 }],
                  authenticatorSelection: { residentKey: "required", userVerification: "required" }, attestation: "none" } });
                await post("/console/enrol", { token: form.dataset.token, id: encode(made.rawId),
                  client_data: encode(made.response.clientDataJSON), attestation: encode(made.response.attestationObject) });
                location.assign("/console/sign-in?enrolled=true");
              } else {
                const used = await navigator.credentials.get({ publicKey: { challenge, rpId: form.dataset.party, userVerification: "required" } });
                await post("/console/sign-in", { id: encode(used.rawId), client_data: encode(used.response.clientDataJSON),
                  authenticator_data: encode(used.response.authenticatorData), signature: encode(used.response.signature) });
                location.assign("/console");
              }
            } catch (error) {
              say(form, error.message || "That did not work.");
              button.disabled = false;
            }
          });

          const list = document.querySelector("[data-stream]");
          if (list && window.EventSource) {
            const stream = new EventSource(list.dataset.stream);
            stream.addEventListener("entry", (event) => {
              // After an interruption the server begins a little before the last one: what is shown already is left out.
              if (list.querySelector(`[data-entry="${event.lastEventId}"]`)) return;
              const item = document.createElement("li");
              item.dataset.entry = event.lastEventId;
              item.textContent = JSON.parse(event.data).text;
              list.prepend(item);
              while (list.childElementCount > 200) list.lastElementChild.remove();
            });
            stream.addEventListener("open", () => { list.dataset.opened = String(1 + Number(list.dataset.opened || 0)); });
            stream.addEventListener("over", () => stream.close());
          }
        })();

        """#
}
