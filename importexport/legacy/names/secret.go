package names

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"taskstore/internal/pattern"
)

// What a secret is: a text under a name that says so, or a text that is nothing but a key
// of a form that is known. The names are told by their words, however they are joined, so
// that apiKeys, API-KEY_2 and openaiKey are, and tokenCount, hotkey and keyPoints are not.

// secretWords say it alone, as a word or as the end of a word that is joined of several.
var secretWords = []string{"token", "secret", "credential", "passphrase", "passcode", "passwd", "pwd", "secretkey", "accesskey", "privatekey",
	"authkey", "encryptionkey", "signingkey", "masterkey"}

// providers make a key one: before it, or behind it with or without a "for".
var providers = Set("openai", "anthropic", "claude", "gpt", "chatgpt", "gemini", "google", "vertex", "deepgram", "elevenlabs", "groq", "grok", "xai",
	"mistral", "cohere", "huggingface", "openrouter", "azure", "aws", "github", "gitlab", "slack", "stripe", "perplexity", "replicate", "deepseek",
	"assemblyai", "pinecone", "firebase", "supabase", "tavily", "serp")

// keyOwners make a key one that stands behind them.
var keyOwners = Set("secret", "private", "access", "auth", "encryption", "signing", "master", "servicerole", "serviceaccount", "notion", "linear",
	"whisper", "ai", "llm")

// tokenOwners make several tokens secret: without one they are what a model counts.
var tokenOwners = Set("access", "auth", "api", "refresh", "bearer", "session", "id", "bot", "device", "push", "personal", "oauth", "user", "github", "slack")

// aboutWords at the end of a name say that it tells something of the secret.
var aboutWords = Set("count", "counts", "limit", "limits", "usage", "used", "budget", "total", "max", "min", "cost", "price", "type", "kind", "name",
	"label", "url", "uri", "link", "status", "valid", "policy", "rules", "length", "size", "strength", "manager", "less", "placeholder", "help",
	"expires", "expiry", "at", "date", "time", "updated", "source", "visible", "enabled", "required", "location", "format", "version", "mode", "rate")

// countedBy before a token say that it is one of a model or of a list's pages.
var countedBy = Set("max", "min", "total", "prompt", "completion", "input", "output", "context", "cached", "page", "next", "continuation", "stop", "eos", "bos", "pad")

// keepers may follow a secret in its name.
var keepers = Set("old", "new", "backup", "copy", "value", "text", "raw", "data", "test", "prod", "dev", "staging", "live", "encrypted", "key", "id")

// SecretName says whether a key or member of this name holds a secret.
func SecretName(name string) bool {
	if len(name) > MaxSecretName || !mayBeSecret(name) {
		return false
	}
	words := nameWords(name)
	if len(words) == 0 || aboutWords[words[len(words)-1]] {
		return false
	}
	joined := strings.Join(words, "")
	if owner, ok := strings.CutSuffix(joined, "key"); strings.Contains(joined, "apikey") || ok && owns(owner) {
		return true
	}
	for i := range words {
		if secretWord(words, i) {
			return true
		}
	}
	return false
}

// MaxSecretName is the length in bytes of the longest name that is looked at.
const MaxSecretName = 128

// mayBeSecret is a quick look at the letters of a name: each word that says so has one of
// these in it.
func mayBeSecret(name string) bool {
	var letters [MaxSecretName]byte
	n := 0
	for i := range len(name) {
		if c := name[i] | 0x20; c >= 'a' && c <= 'z' {
			letters[n] = c
			n++
		}
	}
	for _, part := range secretParts {
		if bytes.Contains(letters[:n], part) {
			return true
		}
	}
	return false
}

var secretParts = [][]byte{[]byte("key"), []byte("token"), []byte("secret"), []byte("pass"), []byte("pwd"), []byte("credential")}

// secretWord says whether the word at i says that the name is that of a secret.
func secretWord(words []string, i int) bool {
	w, before, behind := words[i], "", words[i+1:]
	if i > 0 {
		before = words[i-1]
	}
	one := strings.TrimSuffix(w, "s")
	switch {
	case one == "key":
		return owns(before) && closes(behind) || providers[strings.TrimPrefix(strings.TrimPrefix(strings.Join(behind, ""), "for"), "of")]
	case strings.HasSuffix(one, "key") && owns(strings.TrimSuffix(one, "key")):
		return closes(behind)
	case strings.Contains(w, "password"):
		return w != "passwordless"
	case w == "tokens" || w == "token" && countedBy[before]:
		return tokenOwners[before]
	case strings.HasSuffix(w, "tokens"):
		return tokenOwners[strings.TrimSuffix(w, "tokens")]
	}
	says := slices.ContainsFunc(secretWords, func(s string) bool { return strings.HasSuffix(one, s) })
	return says && (!strings.HasSuffix(one, "secret") || closes(behind))
}

// owns says whether a key with this before it is one.
func owns(owner string) bool { return keyOwners[owner] || providers[owner] }

// closes says whether these words may stand behind a secret in its name.
func closes(words []string) bool {
	return len(words) == 0 || keepers[words[0]] || owns(strings.Join(words, ""))
}

// nameWords gives the words of a name in small letters, without its numbers: apart are those
// that stand apart, and those that begin with a capital letter.
func nameWords(name string) (words []string) {
	var word []rune
	end := func() {
		if len(word) > 0 {
			words, word = append(words, strings.ToLower(string(word))), nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case unicode.IsDigit(r):
			continue
		case !unicode.IsLetter(r):
			end()
			continue
		case i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			end()
		}
		word = append(word, r)
	}
	end()
	return words
}

// secretForm are the forms of keys that say by themselves what they are: those of OpenAI,
// Anthropic, OpenRouter and DeepSeek (sk-), Stripe, ElevenLabs, GitHub, GitLab, Google,
// Slack, AWS, Hugging Face, Groq, xAI, Perplexity, Replicate, Notion, Linear, SendGrid, npm,
// DigitalOcean and Tavily; tokens as JWT or with "Bearer" before them, and private keys.
var secretForm = pattern.Of(`^(?:` + strings.Join([]string{
	`sk-[A-Za-z0-9_-]{20,}`, `(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}`, `whsec_[A-Za-z0-9+/=]{24,}`, `sk_[0-9a-f]{40,}`,
	`gh[opusr]_[A-Za-z0-9]{36,}`, `github_pat_[A-Za-z0-9_]{22,}`, `glpat-[A-Za-z0-9_-]{20,}`,
	`AIza[A-Za-z0-9_-]{35}`, `ya29\.[A-Za-z0-9_-]{20,}`, `GOCSPX-[A-Za-z0-9_-]{20,}`,
	`xox[abeprs]-[A-Za-z0-9-]{20,}`, `xapp-[A-Za-z0-9-]{20,}`, `(?:AKIA|ASIA)[A-Z0-9]{16}`,
	`hf_[A-Za-z0-9]{30,}`, `gsk_[A-Za-z0-9]{40,}`, `xai-[A-Za-z0-9]{40,}`, `pplx-[A-Za-z0-9]{40,}`, `r8_[A-Za-z0-9]{30,}`,
	`(?:ntn|secret)_[A-Za-z0-9]{40,}`, `lin_api_[A-Za-z0-9]{32,}`, `SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`, `npm_[A-Za-z0-9]{36}`,
	`dop_v1_[0-9a-f]{64}`, `tvly-[A-Za-z0-9-]{20,}`,
	`eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`, `[Bb]earer [A-Za-z0-9._~+/=-]{20,}`,
}, "|") + `)$`)

// PrivateKey is how the text of a private key begins.
var PrivateKey = pattern.Of(`^-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----`)

// MaxSecretForm is how much of a text is looked at for the form of a key.
const MaxSecretForm = 4096

// SecretText says whether a text is nothing but a key.
func SecretText(text string) bool {
	text = strings.TrimSpace(text)
	if len(text) < 16 || len(text) > MaxSecretForm {
		return len(text) > MaxSecretForm && PrivateKey.MatchString(text[:80])
	}
	words := strings.ContainsAny(text, " -") && !strings.ContainsAny(text, "0123456789")
	return !words && secretForm.MatchString(text) || PrivateKey.MatchString(text)
}
