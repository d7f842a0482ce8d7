"""The states that the window can be in, made up: for tests and pictures that look at all of them."""

from collections.abc import Callable

from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.states import asking, checking, receiving, sending, signing_in, uploads

State = Callable[[MainWindow], None]

STATES: tuple[State, ...] = (
    signing_in.signed_out,
    signing_in.signing_in,
    signing_in.wrong_token,
    signing_in.server_silent,
    signing_in.unknown_authority,
    signing_in.another_certificate,
    signing_in.no_browser,
    signing_in.token_page,
    signing_in.settings_unreadable,
    signing_in.signed_in,
    signing_in.no_department,
    signing_in.long_names,
    signing_in.several_servers,
    signing_in.several_servers_signed_out,
    signing_in.managed,
    signing_in.managed_signed_out,
    signing_in.dragged_over,
    checking.nothing_found,
    checking.searching,
    checking.ready,
    checking.checking,
    checking.many_patients,
    checking.search_in_vain,
    checking.sent_before,
    checking.left_out,
    checking.files_left_out,
    checking.warned,
    checking.refused,
    checking.all_held,
    checking.own_profile,
    checking.keyed,
    checking.key_ready,
    checking.no_keyring_for_the_key,
    checking.batch_file_wanted,
    checking.batch_file_in_order,
    checking.batch_problems,
    checking.every_batch_problem,
    checking.fixed_wanted,
    checking.fixed_refused,
    checking.fixed_with_several_patients,
    checking.real_names,
    receiving.ready_to_receive,
    receiving.receiving,
    sending.connecting,
    sending.under_way,
    sending.failing,
    sending.busy_drop,
    sending.reconnecting,
    sending.pausing,
    sending.paused,
    sending.finishing,
    sending.stopping,
    sending.sending,
    sending.complete,
    sending.key_list_unsaved,
    sending.saved,
    sending.partial,
    sending.not_yet_delivered,
    sending.incomplete,
    sending.interrupted,
    sending.ended_early,
    sending.cancelled,
    uploads.unfinished,
    uploads.made_elsewhere,
    uploads.to_be_gone_on_with,
    uploads.no_jobs,
    uploads.jobs_asked_for,
    uploads.jobs,
    uploads.jobs_at_rest,
    uploads.jobs_offline,
)
"""Nothing is in front of the window."""

IN_FRONT: tuple[State, ...] = (
    signing_in.plain_line_settings,
    signing_in.line_settings,
    signing_in.line_being_checked,
    signing_in.managed_line_settings,
    receiving.receiving_settings,
    receiving.receiving_from_the_network,
    checking.comparing,
    checking.reviewing,
    checking.no_picture,
    asking.folder_to_be_chosen,
    asking.diagnostics_to_be_saved,
    asking.key_list_to_be_saved,
)
"""A dialog is."""

QUESTIONS: tuple[State, ...] = (
    checking.no_comparison,
    asking.certificate_to_be_compared,
    asking.real_names_to_be_confirmed,
    asking.to_be_cancelled,
    asking.to_be_stopped,
    asking.closing_while_sending,
    asking.closing_without_key_lists,
    asking.job_to_be_cancelled,
    receiving.received_to_be_deleted,
    asking.traces_to_be_deleted,
    asking.saved_traces_to_be_deleted,
)
"""Something is asked or said there, in the language of that moment."""

EVERY_COLOUR: tuple[State, ...] = (
    signing_in.signed_out,
    signing_in.wrong_token,
    signing_in.dragged_over,
    signing_in.line_settings,
    checking.left_out,
    checking.no_keyring_for_the_key,
    checking.batch_file_in_order,
    checking.real_names,
    sending.saved,
    sending.incomplete,
    uploads.unfinished,
    uploads.jobs,
    asking.real_names_to_be_confirmed,
)
"""Together they show all that is drawn in a colour of its own."""

POPUPS: tuple[State, ...] = (*(asking.menu(place) for place in range(3)), asking.modes_to_choose_from)
"""A menu or a list is open."""
