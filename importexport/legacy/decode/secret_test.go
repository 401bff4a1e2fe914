package decode

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"taskstore/importexport/legacy/internal/sourcetest"
	"taskstore/importexport/legacy/names"
	"taskstore/importexport/legacy/record"
	"taskstore/importexport/legacy/redact"
	"taskstore/schema"
)

// spellings are names under which a secret may stand.
var spellings = strings.Fields(`apiKey api_key api-key API_KEY APIKey ApiKey apikey apiKeys api.key apiKey2 api_key_openai api_key_2_backup
	openaiKey openai_key OPENAI_KEY openAIKey openaikey anthropicKey claude-key keyForOpenAI key_openai openai-api-key claude_api_key x-api-key
	OpenAiApiKeyOld token Token token2 githubToken github_token accessToken access_tokens authToken refresh_token bearerToken slackBotTokens
	password Password passwordNew dbPassword smtp_passwd user_pwd passphrase secret clientSecret client_secrets secretOpenai
	secretAccessKey aws_access_key_id privateKey encryption_key credential credentials googleCredentials serviceRoleKey`)

// harmless are names that only look like those.
var harmless = strings.Fields(`maxTokens max_tokens tokenCount tokens tokenUsage tokenLimit totalTokens tokenizer tokenType pageToken stopToken keyboard
	keyboardLayout hotkey hotKey shortcutKey sortKey key keys keyPoints keyTopics keyInsights googleKeyPoints passwordless passwordPolicy
	secretary secretSanta apiKeyUrl apiKeyLabel credentialsUpdatedAt primaryKey cacheKey monkey turkey publicKey keyElements`)

// keyForms are values that the form of alone tells.
var keyForms = map[string]string{
	"openai":    "sk-" + strings.Repeat("aB3d", 12),
	"project":   "sk-proj-" + strings.Repeat("a_3-", 20),
	"anthropic": "sk-ant-api03-" + strings.Repeat("Xy7_", 20),
	"stripe":    "sk_" + "live_" + strings.Repeat("aB3d", 6),
	"github":    "ghp_" + strings.Repeat("aB3d", 9),
	"github2":   "github_pat_" + strings.Repeat("aB3d", 20),
	"gitlab":    "glpat-" + strings.Repeat("aB3d", 5),
	"google":    "AIza" + strings.Repeat("aB3_d", 7),
	"slack":     "xox" + "b-123456789012-" + strings.Repeat("aB3d", 6),
	"aws":       "AKIA" + strings.Repeat("AB3D", 4),
	"hugging":   "hf_" + strings.Repeat("aBcd", 8) + "ef",
	"groq":      "gsk_" + strings.Repeat("aB3d", 13),
	"jwt":       "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + strings.Repeat("aB3_", 10),
	"bearer":    "Bearer " + strings.Repeat("aB3d", 8),
	"pem":       "-----BEGIN RSA PRIVATE KEY-----\\nMIIEow\\n-----END RSA PRIVATE KEY-----",
}

const hidden = "hunter2-hidden"

// secretValues are what may stand under such a name.
var secretValues = []string{`"` + hidden + `"`, `{"value":"` + hidden + `"}`, `["` + hidden + `"]`, `{"a":{"b":["` + hidden + `"],"n":1}}`}

// TestSecretNames: what a member's name says is a secret does not get into the store, in
// settings and in records, however it is spelled, and is told with its place.
func TestSecretNames(t *testing.T) {
	t.Parallel()
	if len(spellings) < 40 {
		t.Fatal(len(spellings))
	}
	var settings, rec, keys []string
	for i, name := range spellings {
		value := secretValues[i%len(secretValues)]
		settings = append(settings, sourcetest.Quoted(name)+":"+value)
		if i%len(secretValues) != 3 { // deeper is no secret in a record
			rec = append(rec, sourcetest.Quoted(name)+":"+value)
		}
		keys = append(keys, "/llm/"+record.PointerPart(name))
	}
	note := `{"id":"n","content":"my password: ` + hidden + `2","meta":{` + strings.Join(rec, ",") + `}}`
	r := scanned(t, sourcetest.Tree(t, map[string]string{
		"db/settings.json":     `{"llm":{` + strings.Join(settings, ",") + `},"ui":{"a":1}}`,
		"db/aiSettings.json":   sourcetest.Wrapped("", sourcetest.Quoted(sourcetest.Zipped(`{`+strings.Join(settings, ",")+`}`))),
		"db/mine.json":         `[{"deep":{` + strings.Join(settings, ",") + `}}]`,
		"db/notes.json":        "[" + note + "]",
		"db/notes.backup.json": "[" + note + "]",
		"db/apiKeys.json":      `{"openai":"` + hidden + `"}`,
		"db/token.json":        `"` + hidden + `"`,
		"dump.json":            `{"taskerino-v3-state":` + sourcetest.Quoted(`{"notes":[],"aiSettings":{`+strings.Join(settings, ",")+`}}`) + `,` + strings.Join(settings, ",") + `}`,
	}))
	for _, c := range r.Candidates {
		text := strings.ReplaceAll(string(c.Raw), hidden+"2", "")
		if strings.Contains(text, hidden) {
			t.Errorf("%s %s of %s: %s", c.Collection, c.ID, c.File, c.Raw)
		}
		if c.Collection == "notes" && (!strings.Contains(string(c.Raw), hidden+"2") || !strings.Contains(string(c.Raw), `"meta":{}`)) {
			t.Errorf("a note: %s", c.Raw)
		}
	}
	told := map[string]bool{}
	for _, f := range r.Files {
		for _, w := range f.Warnings {
			if strings.Contains(w.Detail, hidden) {
				t.Errorf("%s tells the secret: %q", f.Path, w.Detail)
			}
			told[f.Path+w.Detail] = told[f.Path+w.Detail] || w.Code == "secret-skipped"
		}
	}
	for i, place := range keys {
		if !told["db/settings.json"+place] {
			t.Errorf("%s is not told", place)
		}
		if place = "/0/meta" + strings.TrimPrefix(place, "/llm"); i%len(secretValues) != 3 && !told["db/notes.json"+place] {
			t.Errorf("%s of the note is not told", place)
		}
	}
}

// TestHarmlessNames: what only looks like a secret stays, and so do numbers and switches.
func TestHarmlessNames(t *testing.T) {
	t.Parallel()
	var list []string
	for _, name := range harmless {
		list = append(list, sourcetest.Quoted(name)+`:"text"`)
	}
	for _, name := range spellings {
		list = append(list, sourcetest.Quoted("n-"+name)+`:5`, sourcetest.Quoted("b-"+name)+`:true`, sourcetest.Quoted("o-"+name)+`:{"n":[1,null,""]}`)
	}
	text := `{` + strings.Join(list, ",") + `}`
	r := scanned(t, sourcetest.Tree(t, map[string]string{"db/settings.json": text, "db/tasks.json": `[{"id":"a","x":` + text + `}]`}))
	if len(r.Candidates) != 2 {
		t.Fatal(len(r.Candidates))
	}
	for _, c := range r.Candidates {
		if want := map[string]string{"settings": text, "tasks": `{"id":"a","x":` + text + `}`}[c.Collection]; string(c.Raw) != want {
			t.Errorf("%s: %s", c.ID, c.Raw)
		}
	}
	for _, f := range r.Files {
		if strings.Contains(r.Codes(f.Path), "secret") {
			t.Error(f.Path, f.Warnings)
		}
	}
	if got := redacted(t, strings.Join(list, ",")); got != strings.Join(list, ",") {
		t.Error(got)
	}
}

// TestSecretForms: a text that is nothing but a key of a form that is known is a secret in
// settings, whatever it is called. What a person wrote is kept.
func TestSecretForms(t *testing.T) {
	t.Parallel()
	for name, key := range keyForms {
		written := `{"id":"n","content":"` + key + `","title":"it is ` + key + ` there"}`
		settings := `{"a":"` + key + `","list":["x","` + key + `"],"prompt":"say ` + key + ` twice","text":` + sourcetest.Quoted(`{"b":"`+strings.ReplaceAll(key, `\n`, " ")+`","c":1}`) + `}`
		r := scanned(t, sourcetest.Tree(t, map[string]string{"db/settings.json": settings, "db/some.json": `"` + key + `"`, "db/notes.json": `[` + written + `]`}))
		got := sourcetest.Given(r)
		want := map[string]string{"notes/n collection": written,
			"settings/settings collection": `{"list":["x"],"prompt":"say ` + key + ` twice","text":` + sourcetest.Quoted(`{"c":1}`) + `}`}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", name, got)
		}
		var places []string
		for _, w := range r.Files["db/settings.json"].Warnings {
			places = append(places, w.Code+w.Detail)
		}
		if got := fmt.Sprint(places); got != "[secret-skipped/a secret-skipped/list/1 secret-skipped/text/b]" {
			t.Errorf("%s: %s", name, got)
		}
		if got := redacted(t, settings); strings.Count(got, key) != 1 || !strings.Contains(got, `"list":["x","***`) {
			t.Errorf("%s, quarantine: %s", name, got)
		}
		if got := redacted(t, `{"a":"`+key); strings.Contains(got, key) {
			t.Errorf("%s, cut: %s", name, got)
		}
	}
	for _, text := range []string{"sk-learn-pipeline-configuration", "sk-1", "AKIA", "task-0123456789abcdef0123456789", "Bearer of bad news, all of it", "hf_files", "eyJ.a.b"} {
		settings := `{"a":"` + text + `"}`
		r := scanned(t, sourcetest.Tree(t, map[string]string{"db/settings.json": settings}))
		if got := sourcetest.Given(r)["settings/settings collection"]; got != settings || redacted(t, settings) != settings {
			t.Errorf("%q is taken for a key", text)
		}
	}
}

// TestSecretsSetAside: names and forms count in what goes to quarantine too, in files and
// in values, and a state that lost is without them.
func TestSecretsSetAside(t *testing.T) {
	t.Parallel()
	for i, name := range spellings {
		value := secretValues[i%len(secretValues)]
		blank := strings.ReplaceAll(value, hidden, strings.Repeat("*", len(hidden)))
		for _, form := range []string{`{"a":1,%s:%s,"b":"kept"`, `[{"x":{%s:%s},"b":["kept"]}`, `no json %s : %s, "kept"`} {
			got, want := redacted(t, fmt.Sprintf(form, sourcetest.Quoted(name), value)), fmt.Sprintf(form, sourcetest.Quoted(name), blank)
			if got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			got, want = redacted(t, `{"s":`+sourcetest.Quoted(fmt.Sprintf(form, sourcetest.Quoted(name), value))+`,"c":"d"}`), `{"s":`+sourcetest.Quoted(fmt.Sprintf(form, sourcetest.Quoted(name), blank))+`,"c":"d"}`
			if got != want {
				t.Errorf("in a text: got %s\nwant %s", got, want)
			}
		}
	}
	torn := "{\"apiKeys\":{\"a\":\"abc\",\n{\"b\":\"kept\"}"
	if got := redacted(t, torn); got != strings.Replace(torn, "abc", "***", 1) {
		t.Errorf("a torn line hides the next: %s", got)
	}
	long := `{"apiKeys":{"a":"abc","b":[` + strings.Repeat(`1,`, redact.MaxInside) + `"kept`
	if got := redacted(t, long); !strings.Contains(got, "kept") || strings.Contains(got, "abc") {
		t.Error("an object that does not end hides all of the file")
	}
	in := `{"x":` + sourcetest.Quoted(`{"y":`+sourcetest.Quoted(`{"apiKey":"abc"}`)+`,"apiKey":"abc"}`) + `,"apiKey":"abc"}`
	if got := redacted(t, in); strings.Contains(got, "abc") {
		t.Error(got)
	}
	r := scanned(t, sourcetest.Tree(t, map[string]string{"db/notes.json": `[{"id":"a"},[{"password":"` + hidden + `"}],{"id":bad,"apiKey":{"v":"` + hidden + `"}}]`}))
	var aside string
	for _, s := range r.Strays {
		aside += string(s.Raw)
	}
	if len(r.Strays) != 2 || strings.Contains(aside, hidden) || strings.Count(r.Codes("db/notes.json"), "secret-skipped") != 2 {
		t.Errorf("%s, %v", aside, r.Files["db/notes.json"].Warnings)
	}
}

// TestRecordsAreNoSecrets: a file that is named like a secret and holds records is read,
// and no member that the application itself writes is taken for a secret.
func TestRecordsAreNoSecrets(t *testing.T) {
	t.Parallel()
	r := scanned(t, sourcetest.Tree(t, map[string]string{"My password.json": `{"id":"s","name":"x","startTime":"2025-01-01T00:00:00Z","screenshots":[],"audioSegments":[],"status":"completed"}`, "db/notes.json": "[]"}))
	if len(r.Candidates) != 1 || r.Candidates[0].Collection != "sessions" {
		t.Errorf("%v %v", r.Candidates, r.Files["My password.json"])
	}
	var look func(at reflect.Type, depth int)
	look = func(at reflect.Type, depth int) {
		switch at.Kind() {
		case reflect.Pointer, reflect.Slice:
			look(at.Elem(), depth)
		case reflect.Struct:
			for i := 0; i < at.NumField() && depth < 10; i++ {
				name, _, _ := strings.Cut(at.Field(i).Tag.Get("json"), ",")
				if names.SecretName(name) {
					t.Errorf("%s of %s is taken for a secret", name, at)
				}
				look(at.Field(i).Type, depth+1)
			}
		}
	}
	for _, v := range []any{schema.Session{}, schema.Note{}, schema.Task{}, schema.Topic{}, schema.Company{}, schema.Contact{}, schema.Attachment{}, schema.Setting{}} {
		look(reflect.TypeOf(v), 0)
	}
	for name := range names.OpaqueKeys {
		if names.SecretName(name) {
			t.Error(name)
		}
	}
}
