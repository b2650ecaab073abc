# SPDX-License-Identifier: Apache-2.0
# Compares what the containers saw in the three runtimes: $ARGS.named has a text from show by "CASE.RUNTIME". Prints
# TAP: a result a case, of those in $cases, and with it the differences that $listed (differences.tsv) does not have, and
# its rows that did not occur. With $all, also the differences that it has.

# Numbers of peer groups become 1, 2… in the order of appearance.
def renumber:
    reduce .[] as $mount ({seen: [], out: []};
        reduce ($mount.propagation | split(" ")[] | split(":")) as [$kind, $group] (.words = [];
            if $group and (.seen | index([$group]) | not) then .seen += [$group] else . end
            | .words += [if $group then "\($kind):\((.seen | index([$group])) + 1)" else $kind end])
        | .out += [$mount + {propagation: (.words | join(" "))}])
    | .out;

# proc_pid_mountinfo(5). Anonymous devices have no number that could be compared.
def parse_mount:
    (index(["-"])) as $dash
    | {id: .[0], parent: .[1], device: (.[2] | if startswith("0:") then "anonymous" else . end), root: .[3],
        point: .[4], options: .[5], propagation: (.[6:$dash] | join(" ")), type: .[$dash + 1],
        source: .[$dash + 2], super: (.[$dash + 3] | split(",") | sort | join(","))};

def mounts:
    map(select(startswith("mount\t"))[6:] | split(" ") | parse_mount)
    | (map({(.id): .point}) | add // {}) as $points
    | map(.name = "mount \(.point) in \($points[.parent] // "-")") | sort_by(.point, .name) | renumber
    | map({name, fields: {device, root, options, propagation, type, source, super}});

def files:
    map(select(startswith("file\t")) | split("\t")[1:]
        | {name: "file \(.[0])", fields: ({type: .[1], mode: .[2], owner: .[3]}
            + if .[1] | test("device|special") then {number: .[4]} else {} end
            + if .[1] == "symbolic link" then {link: .[5]} else {} end)});

# Without colours and times.
def clean_error: gsub("\u001b\\[[0-9;]*m|time=\"[^\"]*\" level=error msg=|[0-9T:.-]+Z: "; "");

# A text as {NAME: FIELDS}; a mount that is there twice gets a second name.
def records:
    split("\n")
    | (first(.[] | select(startswith("error "))[6:] | clean_error) // null) as $error
    | if $error then {$error} else
        reduce (mounts + files)[] as $record ({};
            (if has($record.name) then $record.name + " again" else $record.name end) as $name
            | .[$name] = $record.fields)
        | if length == 0 then {error: "no output"} else . end
      end;

def record_differences($name; $peer; $ours; $theirs):
    if $theirs == null then "\($name): only holdfast"
    elif $ours == null then "\($name): only \($peer)"
    else $ours | keys_unsorted[] | select($ours[.] != $theirs[.])
        | "\($name) \(.): \($ours[.]), \($peer) \($theirs[.])"
    end;

def differences($peer; $ours; $theirs):
    if $ours.error and $theirs.error then "refused by both: \($ours.error); \($theirs.error)"
    elif $ours.error then "refused by holdfast: \($ours.error)"
    elif $theirs.error then "refused by \($peer): \($theirs.error)"
    else ($ours + $theirs | keys[]) as $key | record_differences($key; $peer; $ours[$key]; $theirs[$key])
    end;

# The table's rows: cases (globs, with blanks between them), peer, regular expression, reason. The peer is runc, crun or
# both, with "?" where it depends on the machine whether there is a difference.
def names($pattern): split(" ") | any(gsub("\\*"; ".*") as $glob | $pattern | test("^(\($glob))$"));

def rows:
    split("\n") | to_entries
    | map(select(.value | test("^(#|$)") | not)
        | (.value | split("\t")) as [$cases, $peers, $expression, $reason]
        | {line: (.key + 1), cases: $cases, optional: ($peers | endswith("?")),
            peers: ($peers | rtrimstr("?") | if . == "both" then ["runc", "crun"] else [.] end),
            expression: "^(\($expression))$", $reason});

def is_listed($rows): . as $difference | any($rows[]; . as $row | $difference | test($row.expression));

# What is wrong with a case, line by line.
def faults($peer; $found; $rows):
    ($found[] | select(is_listed($rows) | not) | "\($peer): \(.)"),
    ($rows[] | . as $row | select($row.optional or any($found[]; test($row.expression)) | not)
        | "\($peer): differences.tsv, line \(.line), does not occur: \(.expression)");

def compare($name; $rows):
    ($ARGS.named["\($name).holdfast"] | records) as $ours
    | reduce ("runc", "crun") as $peer ({faults: [], found: []};
        ($ARGS.named["\($name).\($peer)"] | records) as $theirs
        | [differences($peer; $ours; $theirs)] as $found
        | .faults += [faults($peer; $found; $rows | map(select(.peers | index($peer))))]
        | .found += ($found | map("\($peer): \(.)")));

($listed | rows) as $rows
| $cases | split("\n") | map(select(length > 0)) | to_entries[]
| .value as $name | .key as $key | compare($name; $rows | map(select(.cases | names($name))))
| "\(if .faults == [] then "ok" else "not ok" end) \($key + 1) comparison: \($name)",
    "# \(.faults[])",
    (select($all) | "#   \(.found[])")
