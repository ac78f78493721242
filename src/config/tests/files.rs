//! Configurations as files: what is read of them although the rest is wrong, and what is no text at all.

use super::*;

#[test]
fn the_board_is_read_whatever_is_the_matter_with_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("nudged.toml");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        board(&file)
    };
    let named = |name: &str| Some(BoardChoice::Named(name.to_owned()));
    assert_eq!(read("board = 'rpi'\n[msn]\nsrver = 5\n").unwrap(), named("rpi"));
    assert_eq!(read("board = 'rpi'\n[[[\n").unwrap(), named("rpi"));
    assert_eq!(
        read("board = './mine.toml'").unwrap(),
        Some(BoardChoice::File(directory.path().join("./mine.toml")))
    );
    assert_eq!(read("[msn]\n").unwrap(), None);
    for (text, place) in [("board = 5", ":1:9: board: "), ("bord = 'rpi'\n= 7", ":2:1: ")] {
        let Err(Refused::Mistakes(mistakes)) = read(text) else { panic!("{text}") };
        assert!(lines(&mistakes).contains(place), "{}", lines(&mistakes));
    }
    assert!(matches!(board(Path::new("/no/such")), Err(Refused::Unreadable(_))));
}

#[test]
fn the_password_file_is_found_in_a_configuration_full_of_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.toml");
    std::fs::write(&file, "board = 1\n[msn]\npassword_file = \"pw\"\nfoo = 1\n").unwrap();
    assert_eq!(password_file(&file, Network::Msn).unwrap(), directory.path().join("pw"));
    std::fs::write(&file, "[qq]\n").unwrap();
    assert_eq!(password_file(&file, Network::Qq).unwrap(), Path::new("/etc/nudged/qq.password"));
    std::fs::write(&file, "[msn]\npassword_file = 7\n[qq]\npassword_file = \"q\"\n").unwrap();
    let refused = password_file(&file, Network::Msn);
    assert!(matches!(refused, Err(Refused::Mistakes(mistakes)) if mistakes.len() == 1));
    assert_eq!(password_file(&file, Network::Qq).unwrap(), directory.path().join("q"));
}

#[test]
fn no_password_is_written_for_an_account_that_is_not_configured() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.toml");
    for (text, network, told) in [
        ("[msn]\n", Network::Qq, "1:1: there is no [qq] whose password it would be; add that section first"),
        (
            "\nmsn = 5\n",
            Network::Msn,
            "2:7: there is no [msn] whose password it would be; add that section first",
        ),
        // What is broken may have hidden it.
        ("[msn\n", Network::Msn, "1:5: "),
    ] {
        std::fs::write(&file, text).unwrap();
        let Err(Refused::Mistakes(mistakes)) = password_file(&file, network) else { panic!("{text}") };
        assert!(mistakes[0].to_string().contains(&format!("c.toml:{told}")), "{mistakes:?}");
        assert!(mistakes.len() == 1 || text == "[msn\n", "{mistakes:?}");
    }
}

#[test]
fn a_file_that_is_no_text_has_its_first_bad_place_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.toml");
    std::fs::write(&file, b"board = 1\nx = \"\xff\"\n").unwrap();
    let Err(Refused::Mistakes(mistakes)) = load(&file, None, &OneBoard) else { panic!("no mistakes") };
    assert_eq!(
        lines(&mistakes),
        format!("{}:2:6: found octets that are no UTF-8, expected a text\n", file.display())
    );
}
