package hold_test

import _ "taskstore/internal/testdb" // puts temporary files into memory
