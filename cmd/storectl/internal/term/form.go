package term

// Form is a form of output.
type Form string

const (
	Table    Form = "table"
	JSON     Form = "json"
	NDJSON   Form = "ndjson"
	CSV      Form = "csv"
	TSV      Form = "tsv"
	Vertical Form = "vertical" // a line for each value
)

// Forms are the names of all forms, for messages and completion.
func Forms() []string {
	return []string{string(Table), string(JSON), string(NDJSON), string(CSV), string(TSV), string(Vertical)}
}

// String, Set and Type make a flag of it. Whether there is such a form is for the program to say, in its words.
func (f *Form) String() string { return string(*f) }

func (f *Form) Set(text string) error {
	*f = Form(text)
	return nil
}

func (f *Form) Type() string { return "string" }

// Known says whether there is such a form.
func (f Form) Known() bool {
	for _, name := range Forms() {
		if name == string(f) {
			return true
		}
	}
	return false
}

// ForPeople says whether it is made to be read, and not to be taken up by a program.
func (f Form) ForPeople() bool { return f == Table || f == Vertical }

// Streams says whether a list in it has no end that people would wait for: all of it is written unless a limit is named.
func (f Form) Streams() bool { return f == NDJSON || f == CSV || f == TSV }

// Documents says whether one thing is a document in JSON.
func (f Form) Documents() bool { return f == JSON || f == NDJSON }
