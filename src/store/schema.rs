//! The tables as diesel sees them: the same on both databases, kept so by `tests/store/schema.rs`. Nothing here may say what a
//! column means; the migrations do.

diesel::table! {
    panel (id) {
        id -> Text,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    agency (id) {
        id -> Text,
        kind -> Text,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    person (id) {
        id -> Text,
        issuer -> Text,
        subject -> Text,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    issuer_state (id) {
        id -> Text,
        issuer -> Text,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    membership (id) {
        id -> Text,
        person -> Text,
        agency -> Text,
        role -> Text,
        panel -> Nullable<Text>,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    agreement (id) {
        id -> Text,
        agency -> Text,
        panel -> Text,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    idempotency (scope, key_mac) {
        scope -> Text,
        key_mac -> Binary,
        body_mac -> Binary,
        result -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    case_file (id) {
        id -> Text,
        panel_id -> Text,
        subject_id -> Text,
        ledger_id -> Text,
        version -> BigInt,
        stage -> Text,
        due_on -> Text,
        review_on -> Text,
        header -> Text,
        header_tag -> Binary,
        wrapped_keys -> Text,
        identity -> Nullable<Text>,
        contact -> Nullable<Text>,
        source -> Nullable<Text>,
        concern -> Nullable<Text>,
        ideology -> Nullable<Text>,
        monitoring -> Nullable<Text>,
        social_care -> Nullable<Text>,
        social_care_summary -> Nullable<Text>,
        health -> Nullable<Text>,
        health_summary -> Nullable<Text>,
        education -> Nullable<Text>,
        education_summary -> Nullable<Text>,
        police -> Nullable<Text>,
        plan -> Nullable<Text>,
        safety -> Nullable<Text>,
    }
}

diesel::table! {
    erasure (case_id) {
        case_id -> Text,
        panel_id -> Text,
        erased_on -> Text,
        keks -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    case_version (case_id, category, version) {
        case_id -> Text,
        category -> Text,
        version -> Integer,
        sealed -> Text,
        recorded_at -> BigInt,
        membership -> Nullable<Text>,
    }
}

diesel::table! {
    case_header_version (case_id, version) {
        case_id -> Text,
        version -> BigInt,
        header -> Text,
        header_tag -> Binary,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    case_record (case_id, seq) {
        case_id -> Text,
        seq -> BigInt,
        category -> Text,
        record_id -> Text,
        record_version -> Integer,
        kind -> Text,
        occurred_on -> Nullable<Text>,
        recorded_at -> BigInt,
        by_membership -> Nullable<Text>,
        agency -> Nullable<Text>,
        on_behalf -> Nullable<Text>,
        sealed -> Text,
    }
}

diesel::table! {
    event (case_id, seq) {
        case_id -> Text,
        seq -> BigInt,
        name -> Text,
        occurred_on -> Text,
        recorded_at -> BigInt,
        membership -> Nullable<Text>,
        agency -> Nullable<Text>,
        role -> Nullable<Text>,
    }
}

diesel::table! {
    referral (id) {
        id -> Text,
        panel_id -> Text,
        sender_person -> Text,
        sender_agency -> Text,
        received_at -> BigInt,
        wrapped_keys -> Text,
        sealed -> Text,
        header -> Text,
        header_tag -> Binary,
        match_state -> Text,
    }
}

diesel::table! {
    referral_case (referral_id, person_index) {
        referral_id -> Text,
        case_id -> Text,
        person_index -> Integer,
    }
}

diesel::table! {
    consultation (id) {
        id -> Text,
        panel_id -> Text,
        occurred_on -> Text,
        recorded_at -> BigInt,
        membership -> Text,
        wrapped_keys -> Text,
        sealed -> Text,
        header -> Text,
        header_tag -> Binary,
    }
}

diesel::table! {
    transfer (id) {
        id -> Text,
        panel_id -> Text,
        stage -> Text,
        waits -> Text,
        offered_on -> Text,
        version -> BigInt,
        wrapped_keys -> Text,
        sealed -> Text,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    match_candidate (case_id, other_case_id) {
        case_id -> Text,
        other_case_id -> Text,
        score -> Integer,
        reasons -> Text,
        rule_version -> Text,
        state -> Text,
    }
}

diesel::table! {
    case_link (case_a, case_b, kind) {
        case_a -> Text,
        case_b -> Text,
        kind -> Text,
        recorded_at -> BigInt,
        membership -> Nullable<Text>,
    }
}

diesel::table! {
    job_turn (job, panel_id, day) {
        job -> Text,
        panel_id -> Text,
        day -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    notice (id) {
        id -> Text,
        panel_id -> Text,
        person -> Text,
        kind -> Text,
        thing -> Text,
        round -> Text,
        made_at -> BigInt,
        payload -> Text,
        tag -> Binary,
        state -> Text,
        attempts -> Integer,
        next_at -> BigInt,
    }
}

diesel::table! {
    ledger_entry (id) {
        id -> BigInt,
        writer -> Text,
        n -> BigInt,
        at -> Nullable<BigInt>,
        panel -> Nullable<Text>,
        actor -> Nullable<Text>,
        agency -> Nullable<Text>,
        role -> Nullable<Text>,
        operation -> Nullable<Text>,
        outcome -> Nullable<Text>,
        problem -> Nullable<Text>,
        purpose -> Nullable<Text>,
        case_lid -> Nullable<Text>,
        several -> Bool,
        body -> Nullable<Text>,
        salt -> Nullable<Binary>,
        leaf -> Binary,
        commitment -> Nullable<Binary>,
        expired_by -> Nullable<Text>,
    }
}

diesel::table! {
    ledger_queue (id) {
        id -> BigInt,
    }
}

diesel::table! {
    ledger_mark (case_lid, version) {
        case_lid -> Text,
        version -> BigInt,
        header_hash -> Binary,
        panel -> Nullable<Text>,
    }
}

diesel::table! {
    ledger_leaf (seq) {
        seq -> BigInt,
        entry_id -> BigInt,
        leaf -> Binary,
    }
}

diesel::table! {
    ledger_node (level, idx) {
        level -> Integer,
        idx -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    ledger_tree (one) {
        one -> Integer,
        size -> BigInt,
        root -> Binary,
        frontier -> Binary,
    }
}

diesel::table! {
    ledger_checkpoint (size) {
        size -> BigInt,
        root -> Binary,
        frontier -> Binary,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    ledger_cosigned (size) {
        size -> BigInt,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    meeting (id) {
        id -> Text,
        panel_id -> Text,
        held_on -> Text,
        stage -> Text,
        version -> BigInt,
        facts -> Text,
        tag -> Binary,
    }
}

diesel::table! {
    meeting_item (meeting_id, case_id) {
        meeting_id -> Text,
        case_id -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(case_file, case_record, event, meeting_item);
diesel::allow_tables_to_appear_in_same_query!(person, membership, agency, agreement, issuer_state);
diesel::allow_tables_to_appear_in_same_query!(ledger_entry, ledger_leaf, ledger_queue);
diesel::allow_tables_to_appear_in_same_query!(case_file, referral_case);
