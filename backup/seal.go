package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// A sealed file is JSON text under its own hash and not a byte more, so that any change
// of any byte is found: what decides what is deleted is kept so.
const (
	sealHead = `{"sha256":"`
	sealEnd  = "}\n"
)

func sealMid(member string) string { return "\",\n\"" + member + "\":" }

// sealed puts a JSON text, which becomes the member of an object, under its hash.
func sealed(member string, text []byte) []byte {
	sum := sha256.Sum256(text)
	out := append([]byte(sealHead), hex.EncodeToString(sum[:])...)
	return append(append(append(out, sealMid(member)...), text...), sealEnd...)
}

var errSeal = errors.New("is not what was written")

// unsealed gives the text of a sealed file; another one is errSeal.
func unsealed(member string, file []byte) (text []byte, err error) {
	begin := len(sealHead) + 2*sha256.Size + len(sealMid(member))
	if len(file) < begin+len(sealEnd) {
		return nil, fmt.Errorf("%w: it is cut off", errSeal)
	}
	text = file[begin : len(file)-len(sealEnd)]
	if !bytes.Equal(sealed(member, text), file) {
		return nil, errSeal
	}
	return text, nil
}

// sealJSON is the sealed file of a value.
func sealJSON(member string, v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return sealed(member, text), nil
}

// unsealJSON reads the sealed file of a value. Earlier versions wrote the value alone:
// a file that is one, exactly as they wrote it, is taken. Anything else is errSeal.
func unsealJSON(member string, file []byte, v any) error {
	if !bytes.HasPrefix(file, []byte(sealHead)) {
		return unsealedEarlier(file, v)
	}
	text, err := unsealed(member, file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: %w", errSeal, err)
	}
	return nil
}

func unsealedEarlier(file []byte, v any) error {
	if err := json.Unmarshal(file, v); err != nil {
		return fmt.Errorf("%w: %w", errSeal, err)
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if !bytes.Equal(append(text, '\n'), file) {
		return errSeal
	}
	return nil
}
