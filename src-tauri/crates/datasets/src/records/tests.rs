use super::*;

fn cutter(delimiter: &str, quote: Option<u8>) -> Cutter {
    Cutter {
        delimiter: Delimiter::Bytes(delimiter.as_bytes().to_vec()),
        quote,
        backslash: false,
        span: MAX_SPAN,
    }
}

fn rows(text: &str, cutter: &Cutter, want: usize) -> Vec<Vec<String>> {
    let mut fields = Vec::new();
    mark(text, None, cutter, want, 1)
        .iter()
        .map(|m| {
            fields_of(text, cutter, m, &mut fields);
            fields.iter().map(|f| cutter.text(text, f).into_owned()).collect()
        })
        .collect()
}

#[test]
fn records_are_cut_at_every_line_end() {
    let comma = cutter(",", Some(b'"'));
    assert_eq!(
        rows("a,b\r\n1,\"x\ny\"\r2,\n\n3,4", &comma, 2),
        [vec!["a", "b"], vec!["1", "x\ny"], vec!["2", ""], vec![], vec!["3", "4"],]
    );
    let lines: Vec<u32> =
        mark("a,b\r\n1,\"x\ny\"\r2,\n\n3,4", None, &comma, 2, 1).iter().map(|m| m.line).collect();
    assert_eq!(lines, [1, 2, 4, 5, 6]);
    assert_eq!(rows("a||b\n1|2||\"x||y\"", &cutter("||", Some(b'"')), 2), [["a", "b"], ["1|2", "x||y"]]);
    let spaces = Cutter { delimiter: Delimiter::Spaces, quote: Some(b'"'), backslash: false, span: MAX_SPAN };
    assert_eq!(rows("  a   b \n 1\t \"x y\"  \n", &spaces, 2), [["a", "b"], ["1", "x y"]]);
}

#[test]
fn stray_quotes_are_text() {
    let comma = cutter(",", Some(b'"'));
    let table = [
        ("1,\"CC,$4,\"a, b\",c\n", vec!["1", "\"CC", "$4", "a, b", "c"]),
        ("\"a, 48\"\",\"b, c\",d,e,f\n", vec!["a, 48\"", "b, c", "d", "e", "f"]),
        ("1,2,3,4,\"\n6,7,8,9,\"x\"\n", vec!["1", "2", "3", "4", "\""]),
        ("1,\"say \"hi, you\" now\",3,4,5\n", vec!["1", "say \"hi, you\" now", "3", "4", "5"]),
    ];
    for (text, expected) in table {
        assert_eq!(rows(text, &comma, 5)[0], expected, "{text}");
    }
}
