/* SPDX-License-Identifier: ISC */
/*
 * texts_words - all built-in wordings, in English, French and German. Short: people read them once, and some never.
 *
 * What a stranger may have caused to be sent (confirm-*, is-member, not-member) says nothing that came from him.
 * Rows of one line without a subject are results of commands; they never tell who is a member.
 */
#include "list/texts.h"

const char texts_languages[TEXTS_LANGUAGES][3] = { "en", "fr", "de" };

const struct texts_words texts_words[] = {
	/* ---- joining ---- */
	{ "confirm-subscribe",
	  { "Subject: $list: please confirm your subscription\n\n"
	    "Somebody, probably you, has asked to put $address\n"
	    "on the mailing list $list_address.\n"
	    "$description\n\n"
	    "If you want that, reply to this message. What you write does not matter.\n"
	    "Or send an empty message to\n"
	    "    $confirm\n"
	    "Or open $confirm_url\n\n"
	    "This is possible for $days days. If you do not want it, do nothing.\n",
	    "Subject: $list : confirmez votre abonnement\n\n"
	    "Quelqu'un, sans doute vous, a demandé l'abonnement de $address\n"
	    "à la liste de diffusion $list_address.\n"
	    "$description\n\n"
	    "Si c'est bien votre souhait, répondez à ce message, peu importe le texte.\n"
	    "Ou envoyez un message vide à\n"
	    "    $confirm\n"
	    "Ou ouvrez $confirm_url\n\n"
	    "Vous avez $days jours pour le faire. Sinon, ne faites rien.\n",
	    "Subject: $list: bitte die Anmeldung bestätigen\n\n"
	    "Jemand, vermutlich Sie, möchte $address\n"
	    "in die Mailingliste $list_address aufnehmen lassen.\n"
	    "$description\n\n"
	    "Wenn Sie das wollen, antworten Sie auf diese Nachricht; der Text ist gleich.\n"
	    "Oder senden Sie eine leere Nachricht an\n"
	    "    $confirm\n"
	    "Oder öffnen Sie $confirm_url\n\n"
	    "Das geht $days Tage lang. Wenn Sie es nicht wollen, tun Sie nichts.\n" } },
	{ "is-member",
	  { "Subject: $list: you are on this list already\n\n"
	    "Somebody, probably you, has asked to put $address\n"
	    "on the mailing list $list_address, where it is already.\n\n"
	    "To leave the list, write to $unsubscribe.\n",
	    "Subject: $list : vous êtes déjà sur cette liste\n\n"
	    "Quelqu'un, sans doute vous, a demandé l'abonnement de $address\n"
	    "à la liste $list_address, où cette adresse est déjà inscrite.\n\n"
	    "Pour quitter la liste, écrivez à $unsubscribe.\n",
	    "Subject: $list: Sie sind schon auf dieser Liste\n\n"
	    "Jemand, vermutlich Sie, möchte $address in die Mailingliste\n"
	    "$list_address aufnehmen lassen, auf der die Adresse schon steht.\n\n"
	    "Wenn Sie die Liste verlassen wollen, schreiben Sie an $unsubscribe.\n" } },
	{ "welcome",
	  { "Subject: Welcome to $list\n\n"
	    "$address is on the mailing list $list_address now.\n"
	    "$description\n\n"
	    "Write to all members:  $list_address\n"
	    "Leave the list:        $unsubscribe\n"
	    "What else there is:    $help\n"
	    "Reach the owners:      $owner\n"
	    "Archive:               $archive_url\n",
	    "Subject: Bienvenue sur $list\n\n"
	    "$address est maintenant sur la liste $list_address.\n"
	    "$description\n\n"
	    "Écrire à tous :              $list_address\n"
	    "Quitter la liste :           $unsubscribe\n"
	    "Autres commandes :           $help\n"
	    "Joindre les propriétaires :  $owner\n"
	    "Archives :                   $archive_url\n",
	    "Subject: Willkommen auf $list\n\n"
	    "$address steht jetzt auf der Mailingliste $list_address.\n"
	    "$description\n\n"
	    "An alle schreiben:      $list_address\n"
	    "Die Liste verlassen:    $unsubscribe\n"
	    "Was es sonst gibt:      $help\n"
	    "Die Betreiber:          $owner\n"
	    "Archiv:                 $archive_url\n" } },
	{ "pending",
	  { "Subject: $list: your subscription waits for the moderators\n\n"
	    "The moderators of $list_address have been asked to let $address in.\n"
	    "You will hear from this list when they have.\n",
	    "Subject: $list : votre abonnement attend les modérateurs\n\n"
	    "Les modérateurs de $list_address doivent accepter $address.\n"
	    "La liste vous écrira quand ce sera fait.\n",
	    "Subject: $list: Ihre Anmeldung wartet auf die Moderatoren\n\n"
	    "Die Moderatoren von $list_address sind gebeten, $address\n"
	    "aufzunehmen. Die Liste meldet sich, sobald das geschehen ist.\n" } },
	{ "approve",
	  { "Subject: $list: $address wants to subscribe\n\n"
	    "$address wants to be on the list $list_address, and has\n"
	    "confirmed that.\n\n"
	    "To let this address in, reply to this message within $days days.\n"
	    "Or send an empty message to $approve\n"
	    "Else do nothing.\n",
	    "Subject: $list : $address souhaite s'abonner\n\n"
	    "$address souhaite être sur la liste $list_address et l'a confirmé.\n\n"
	    "Pour accepter, répondez à ce message dans les $days jours.\n"
	    "Ou envoyez un message vide à $approve\n"
	    "Sinon, ne faites rien.\n",
	    "Subject: $list: $address möchte auf die Liste\n\n"
	    "$address möchte auf die Liste $list_address und hat das\n"
	    "bestätigt.\n\n"
	    "Um die Adresse aufzunehmen, antworten Sie innerhalb von $days Tagen auf diese\n"
	    "Nachricht. Oder senden Sie eine leere an $approve\n"
	    "Sonst tun Sie nichts.\n" } },
	/* ---- leaving ---- */
	{ "confirm-unsubscribe",
	  { "Subject: $list: please confirm that you leave\n\n"
	    "Somebody, probably you, has asked to take $address\n"
	    "off the mailing list $list_address.\n\n"
	    "If you want that, reply to this message. What you write does not matter.\n"
	    "Or send an empty message to\n"
	    "    $confirm\n"
	    "Or open $confirm_url\n\n"
	    "This is possible for $days days. If you want to stay, do nothing.\n",
	    "Subject: $list : confirmez votre départ\n\n"
	    "Quelqu'un, sans doute vous, a demandé de retirer $address\n"
	    "de la liste de diffusion $list_address.\n\n"
	    "Si c'est bien votre souhait, répondez à ce message, peu importe le texte.\n"
	    "Ou envoyez un message vide à\n"
	    "    $confirm\n"
	    "Ou ouvrez $confirm_url\n\n"
	    "Vous avez $days jours pour le faire. Pour rester, ne faites rien.\n",
	    "Subject: $list: bitte die Abmeldung bestätigen\n\n"
	    "Jemand, vermutlich Sie, möchte $address\n"
	    "von der Mailingliste $list_address nehmen lassen.\n\n"
	    "Wenn Sie das wollen, antworten Sie auf diese Nachricht; der Text ist gleich.\n"
	    "Oder senden Sie eine leere Nachricht an\n"
	    "    $confirm\n"
	    "Oder öffnen Sie $confirm_url\n\n"
	    "Das geht $days Tage lang. Wenn Sie bleiben wollen, tun Sie nichts.\n" } },
	{ "not-member",
	  { "Subject: $list: you are not on this list\n\n"
	    "You have asked to take $address off the mailing list\n"
	    "$list_address, where it is not. Maybe your mail is forwarded from\n"
	    "another address, which is: write from there, or ask $owner.\n",
	    "Subject: $list : vous n'êtes pas sur cette liste\n\n"
	    "Vous avez demandé de retirer $address de la liste\n"
	    "$list_address, où cette adresse n'est pas. Peut-être y êtes-vous sous\n"
	    "une autre adresse : écrivez depuis celle-ci, ou à $owner.\n",
	    "Subject: $list: Sie sind nicht auf dieser Liste\n\n"
	    "Sie wollten $address von der Mailingliste\n"
	    "$list_address nehmen lassen, auf der die Adresse nicht steht.\n"
	    "Vielleicht sind Sie es mit einer anderen: schreiben Sie von dort, oder an\n"
	    "$owner.\n" } },
	{ "goodbye",
	  { "Subject: You have left $list\n\n"
	    "$address is no longer on the mailing list $list_address.\n\n"
	    "If that was a mistake, write to $subscribe.\n",
	    "Subject: Vous avez quitté $list\n\n"
	    "$address n'est plus sur la liste de diffusion $list_address.\n\n"
	    "Si c'est une erreur, écrivez à $subscribe.\n",
	    "Subject: Sie haben $list verlassen\n\n"
	    "$address steht nicht mehr auf der Mailingliste $list_address.\n\n"
	    "Falls das ein Versehen war, schreiben Sie an $subscribe.\n" } },
	{ "expired",
	  { "Subject: $list: this confirmation has expired\n\n"
	    "What you have confirmed was asked too long ago, or the address to which you\n"
	    "wrote is not complete. Nothing has been changed.\n\n"
	    "To join $list_address, write to $subscribe;\n"
	    "to leave it, to $unsubscribe.\n",
	    "Subject: $list : cette confirmation a expiré\n\n"
	    "Ce que vous confirmez a été demandé il y a trop longtemps, ou l'adresse à\n"
	    "laquelle vous avez écrit n'est pas complète. Rien n'a changé.\n\n"
	    "Pour rejoindre $list_address, écrivez à $subscribe ;\n"
	    "pour la quitter, à $unsubscribe.\n",
	    "Subject: $list: diese Bestätigung ist abgelaufen\n\n"
	    "Was Sie bestätigt haben, liegt zu lange zurück, oder die Adresse, an die Sie\n"
	    "geschrieben haben, ist nicht vollständig. Es hat sich nichts geändert.\n\n"
	    "Um auf $list_address zu kommen, schreiben Sie an $subscribe,\n"
	    "um sie zu verlassen, an $unsubscribe.\n" } },
	/* ---- what owners are told ---- */
	{ "owner-subscribed",
	  { "Subject: $list: $address has subscribed\n\n$address is on the list $list_address now.\n",
	    "Subject: $list : nouvel abonné $address\n\n$address est maintenant sur la liste $list_address.\n",
	    "Subject: $list: $address ist dabei\n\n$address steht jetzt auf der Liste $list_address.\n" } },
	{ "owner-unsubscribed",
	  { "Subject: $list: $address has left\n\n$address is no longer on the list $list_address.\n",
	    "Subject: $list : départ de $address\n\n$address n'est plus sur la liste $list_address.\n",
	    "Subject: $list: $address ist ausgetreten\n\n$address steht nicht mehr auf der Liste $list_address.\n" } },
	{ "owner-remove",
	  { "Subject: $list: remove $address?\n\n"
	    "Somebody, probably you, has asked to take $address off the list\n"
	    "$list_address.\n\n"
	    "If you want that, reply to this message within $days days. Else do nothing.\n",
	    "Subject: $list : retirer $address ?\n\n"
	    "Quelqu'un, sans doute vous, a demandé de retirer $address de la liste\n"
	    "$list_address.\n\n"
	    "Si c'est bien votre souhait, répondez à ce message dans les $days jours.\n"
	    "Sinon, ne faites rien.\n",
	    "Subject: $list: $address entfernen?\n\n"
	    "Jemand, vermutlich Sie, möchte $address von der Liste\n"
	    "$list_address nehmen lassen.\n\n"
	    "Wenn Sie das wollen, antworten Sie innerhalb von $days Tagen auf diese\n"
	    "Nachricht. Sonst tun Sie nichts.\n" } },
	{ "owner-add",
	  { "Subject: $list: add $address?\n\n"
	    "Somebody, probably you, has asked to put $address on the list\n"
	    "$list_address.\n\n"
	    "If you want that, reply to this message within $days days. Else do nothing.\n",
	    "Subject: $list : ajouter $address ?\n\n"
	    "Quelqu'un, sans doute vous, a demandé d'inscrire $address sur la liste\n"
	    "$list_address.\n\n"
	    "Si c'est bien votre souhait, répondez à ce message dans les $days jours.\n"
	    "Sinon, ne faites rien.\n",
	    "Subject: $list: $address aufnehmen?\n\n"
	    "Jemand, vermutlich Sie, möchte $address auf die Liste\n"
	    "$list_address setzen lassen.\n\n"
	    "Wenn Sie das wollen, antworten Sie innerhalb von $days Tagen auf diese\n"
	    "Nachricht. Sonst tun Sie nichts.\n" } },
	/* ---- what is asked for ---- */
	{ "probe",
	  { "Subject: $list: does your address still work?\n\n"
	    "Messages of the mailing list $list_address to\n"
	    "$address have come back several times.\n"
	    "The last time this was the reason:\n\n"
	    "  $status $reason\n\n"
	    "If you can read this, all is well again: you need not do anything, and\n"
	    "stay on the list. If this message comes back, too, you get no more posts\n"
	    "until one like it arrives, and in the end are taken off the list.\n\n"
	    "Posts that you have missed: $missed\n"
	    "You get them, for N a number, from $get\n"
	    "Reach the owners:           $owner\n",
	    "Subject: $list : votre adresse fonctionne-t-elle encore ?\n\n"
	    "Des messages de la liste $list_address à\n"
	    "$address sont revenus plusieurs fois.\n"
	    "Le dernier motif était :\n\n"
	    "  $status $reason\n\n"
	    "Si vous pouvez lire ceci, tout va bien de nouveau : vous n'avez rien à\n"
	    "faire et restez sur la liste. Si ce message revient aussi, vous ne recevrez\n"
	    "plus rien jusqu'à ce qu'un message semblable arrive, et serez à la fin\n"
	    "retiré de la liste.\n\n"
	    "Messages manqués :                 $missed\n"
	    "Pour les recevoir, N le numéro :   $get\n"
	    "Joindre les propriétaires :        $owner\n",
	    "Subject: $list: Funktioniert Ihre Adresse noch?\n\n"
	    "Nachrichten der Mailingliste $list_address an\n"
	    "$address kamen mehrmals zurück.\n"
	    "Der Grund war zuletzt:\n\n"
	    "  $status $reason\n\n"
	    "Wenn Sie dies lesen können, ist alles wieder gut: Sie müssen nichts tun\n"
	    "und bleiben auf der Liste. Kommt auch diese Nachricht zurück, so bekommen\n"
	    "Sie keine Beiträge mehr, bis eine solche Sie erreicht, und werden am Ende\n"
	    "von der Liste genommen.\n\n"
	    "Beiträge, die Ihnen fehlen:              $missed\n"
	    "So bekommen Sie sie, N ist die Nummer:   $get\n"
	    "Die Betreiber:                           $owner\n" } },
	{ "resumed",
	  { "Subject: $list: you get mail again\n\n"
	    "Messages of the mailing list $list_address to\n"
	    "$address came back, so that you got none for a\n"
	    "while. The last one has not come back: you get all posts again.\n\n"
	    "Posts that you have missed: $missed\n"
	    "You get them, for N a number, from $get\n"
	    "Reach the owners:           $owner\n",
	    "Subject: $list : vous recevez de nouveau les messages\n\n"
	    "Des messages de la liste $list_address à\n"
	    "$address revenaient, et vous n'en avez plus reçu\n"
	    "pendant un temps. Le dernier n'est pas revenu : vous recevez tout de nouveau.\n\n"
	    "Messages manqués :                 $missed\n"
	    "Pour les recevoir, N le numéro :   $get\n"
	    "Joindre les propriétaires :        $owner\n",
	    "Subject: $list: Sie bekommen wieder Post\n\n"
	    "Nachrichten der Mailingliste $list_address an\n"
	    "$address kamen zurück, so dass Sie eine Zeit lang\n"
	    "keine bekamen. Die letzte kam nicht zurück: Sie bekommen wieder alles.\n\n"
	    "Beiträge, die Ihnen fehlen:              $missed\n"
	    "So bekommen Sie sie, N ist die Nummer:   $get\n"
	    "Die Betreiber:                           $owner\n" } },
	{ "owner-bounced",
	  { "Subject: $list: $address was removed\n\n"
	    "$address has been taken off the list $list_address,\n"
	    "as messages came back, and messages that asked whether the address works\n"
	    "came back, too. The last reason:\n\n"
	    "  $status $reason\n",
	    "Subject: $list : $address a été retiré\n\n"
	    "$address a été retiré de la liste $list_address :\n"
	    "des messages revenaient, et ceux qui demandaient si l'adresse fonctionne\n"
	    "sont revenus aussi. Le dernier motif :\n\n"
	    "  $status $reason\n",
	    "Subject: $list: $address wurde entfernt\n\n"
	    "$address wurde von der Liste $list_address genommen:\n"
	    "Nachrichten kamen zurück, und solche, die fragten, ob die Adresse\n"
	    "funktioniert, kamen ebenfalls zurück. Der letzte Grund:\n\n"
	    "  $status $reason\n" } },
	{ "owner-post-bounced",
	  { "Subject: $list: many members sent a message back\n\n"
	    "$count of the $members members of $list_address have sent the same\n"
	    "message back. So many do not lose their addresses at once: something is\n"
	    "wrong with the message, or with this host. These bounces do not count.\n\n"
	    "Post:   $post\n"
	    "Status: $status\n",
	    "Subject: $list : beaucoup de membres ont renvoyé un message\n\n"
	    "$count des $members membres de $list_address ont renvoyé le même\n"
	    "message. Tant d'adresses ne disparaissent pas à la fois : il y a un\n"
	    "problème avec ce message, ou avec cette machine. Ces retours ne comptent pas.\n\n"
	    "Message : $post\n"
	    "Code :    $status\n",
	    "Subject: $list: Viele Mitglieder haben eine Nachricht zurückgeschickt\n\n"
	    "$count der $members Mitglieder von $list_address haben dieselbe\n"
	    "Nachricht zurückgeschickt. So viele verlieren ihre Adressen nicht auf\n"
	    "einmal: Etwas stimmt nicht mit der Nachricht oder mit diesem Rechner.\n"
	    "Diese Rückläufer zählen nicht.\n\n"
	    "Beitrag: $post\n"
	    "Status:  $status\n" } },
	{ "owner-complaint",
	  { "Subject: $list: $address was removed after a complaint\n\n"
	    "The provider of $address has reported a message of the list\n"
	    "$list_address as unwanted: $reason\n"
	    "The address is no longer on the list.\n",
	    "Subject: $list : $address retiré après une plainte\n\n"
	    "Le fournisseur de $address a signalé un message de la liste\n"
	    "$list_address comme indésirable : $reason\n"
	    "L'adresse n'est plus sur la liste.\n",
	    "Subject: $list: $address nach einer Beschwerde entfernt\n\n"
	    "Der Anbieter von $address hat eine Nachricht der Liste\n"
	    "$list_address als unerwünscht gemeldet: $reason\n"
	    "Die Adresse steht nicht mehr auf der Liste.\n" } },
	{ "owner-bounces",
	  { "Subject: $list: whose mail comes back\n\n"
	    "These members of $list_address have sent mail back:\n\n$bounces\n",
	    "Subject: $list : adresses qui renvoient le courrier\n\n"
	    "Ces membres de $list_address ont renvoyé du courrier :\n\n$bounces\n",
	    "Subject: $list: Wessen Post zurückkommt\n\n"
	    "Diese Mitglieder von $list_address haben Post zurückgeschickt:\n\n$bounces\n" } },
	{ "digest",
	  { "Subject: $title Digest, Vol $volume, Issue $issue\n\n"
	    "Posts of $list_address\n\n"
	    "Write to all members:        $list_address\n"
	    "Leave the list:              $unsubscribe\n"
	    "What else there is:          $help\n"
	    "Reach the owners:            $owner\n"
	    "Archive:                     $archive_url\n"
	    "One post, for N its number:  $get\n\n"
	    "When you reply, please make the subject more specific than\n"
	    "\"Re: $title Digest\".\n\n"
	    "Today's Topics:\n\n"
	    "$topics\n",
	    "Subject: $title Digest, Vol $volume, Issue $issue\n\n"
	    "Messages de $list_address\n\n"
	    "Écrire à tous :                  $list_address\n"
	    "Quitter la liste :               $unsubscribe\n"
	    "Autres commandes :               $help\n"
	    "Joindre les propriétaires :      $owner\n"
	    "Archives :                       $archive_url\n"
	    "Un message, N est son numéro :   $get\n\n"
	    "Si vous répondez, donnez un sujet plus précis que\n"
	    "« Re: $title Digest ».\n\n"
	    "Sujets du jour :\n\n"
	    "$topics\n",
	    "Subject: $title Digest, Vol $volume, Issue $issue\n\n"
	    "Beiträge von $list_address\n\n"
	    "An alle schreiben:                  $list_address\n"
	    "Die Liste verlassen:                $unsubscribe\n"
	    "Was es sonst gibt:                  $help\n"
	    "Die Betreiber:                      $owner\n"
	    "Archiv:                             $archive_url\n"
	    "Ein Beitrag, N ist seine Nummer:    $get\n\n"
	    "Wenn Sie antworten, wählen Sie bitte einen genaueren Betreff als\n"
	    "\"Re: $title Digest\".\n\n"
	    "Themen:\n\n"
	    "$topics\n" } },
	{ "help",
	  { "Subject: $list: what this list can do\n\n"
	    "Write to one of these addresses; what the message says does not matter.\n\n"
	    "    $subscribe    join; also -digest, -nomail behind it\n"
	    "    $unsubscribe  leave\n"
	    "    $info_address  what the list is about\n"
	    "    $faq_address  questions and answers\n"
	    "    $who_address  who is on it, if it tells\n"
	    "    $index_address  what is in its archive\n"
	    "    $get_address  posts 12 to 20; thread-12 for what is about the same\n"
	    "    $owner  its owners\n\n"
	    "Or write commands to $request, each on a line:\n\n"
	    "    subscribe    unsubscribe    set digest    set nomail    set mail\n"
	    "    info    faq    who    which    lists    index    get 12-20    thread 12\n"
	    "    end\n\n"
	    "Archive: $archive_url\n",
	    "Subject: $list : mode d'emploi\n\n"
	    "Écrivez à l'une de ces adresses, peu importe le texte.\n\n"
	    "    $subscribe    s'abonner ; aussi suivi de -digest ou -nomail\n"
	    "    $unsubscribe  quitter la liste\n"
	    "    $info_address  de quoi il s'agit\n"
	    "    $faq_address  questions et réponses\n"
	    "    $who_address  qui est abonné, si la liste le dit\n"
	    "    $index_address  ce que contiennent les archives\n"
	    "    $get_address  les messages 12 à 20 ; thread-12 pour toute une discussion\n"
	    "    $owner  les propriétaires\n\n"
	    "Ou envoyez des commandes à $request, une par ligne :\n\n"
	    "    subscribe    unsubscribe    set digest    set nomail    set mail\n"
	    "    info    faq    who    which    lists    index    get 12-20    thread 12\n"
	    "    end\n\n"
	    "Archives : $archive_url\n",
	    "Subject: $list: was diese Liste kann\n\n"
	    "Schreiben Sie an eine dieser Adressen; der Text ist gleich.\n\n"
	    "    $subscribe    beitreten; auch mit -digest oder -nomail dahinter\n"
	    "    $unsubscribe  verlassen\n"
	    "    $info_address  worum es geht\n"
	    "    $faq_address  Fragen und Antworten\n"
	    "    $who_address  wer dabei ist, wenn die Liste das sagt\n"
	    "    $index_address  was im Archiv ist\n"
	    "    $get_address  Beiträge 12 bis 20; thread-12 für alles zum selben Thema\n"
	    "    $owner  die Betreiber\n\n"
	    "Oder schreiben Sie Befehle an $request, jeden in eine Zeile:\n\n"
	    "    subscribe    unsubscribe    set digest    set nomail    set mail\n"
	    "    info    faq    who    which    lists    index    get 12-20    thread 12\n"
	    "    end\n\n"
	    "Archiv: $archive_url\n" } },
	{ "info",
	  { "Subject: $list: what this list is about\n\n"
	    "$list_address\n$description\n\n"
	    "Join: $subscribe\nLeave: $unsubscribe\nOwners: $owner\nArchive: $archive_url\n",
	    "Subject: $list : présentation\n\n"
	    "$list_address\n$description\n\n"
	    "S'abonner : $subscribe\nQuitter : $unsubscribe\nPropriétaires : $owner\nArchives : $archive_url\n",
	    "Subject: $list: worum es geht\n\n"
	    "$list_address\n$description\n\n"
	    "Beitreten: $subscribe\nVerlassen: $unsubscribe\nBetreiber: $owner\nArchiv: $archive_url\n" } },
	{ "faq",
	  { "Subject: $list: questions and answers\n\n"
	    "The owners of $list_address have not written any yet.\n"
	    "What the list can do: $help\nAsk them: $owner\n",
	    "Subject: $list : questions et réponses\n\n"
	    "Les propriétaires de $list_address n'en ont pas encore écrit.\n"
	    "Mode d'emploi : $help\nLeur écrire : $owner\n",
	    "Subject: $list: Fragen und Antworten\n\n"
	    "Die Betreiber von $list_address haben noch keine geschrieben.\n"
	    "Was die Liste kann: $help\nFragen Sie sie: $owner\n" } },
	{ "site-help",
	  { "Subject: Mailing lists: what can be asked here\n\n"
	    "Write commands to $request, each on a line:\n\n"
	    "    lists                       the lists that there are\n"
	    "    info LIST                   what a list is about\n"
	    "    subscribe LIST [ADDRESS]    join; unsubscribe LIST [ADDRESS] leaves\n"
	    "    set LIST digest             also nomail, mail, noack, hide ...\n"
	    "    which                       the lists that you are on\n"
	    "    who LIST    index LIST    get LIST 12-20    thread LIST 12\n"
	    "    end                         what follows is not for this program\n",
	    "Subject: Listes de diffusion : mode d'emploi\n\n"
	    "Envoyez des commandes à $request, une par ligne :\n\n"
	    "    lists                       les listes qui existent\n"
	    "    info LISTE                  de quoi il s'agit\n"
	    "    subscribe LISTE [ADRESSE]   s'abonner ; unsubscribe LISTE pour partir\n"
	    "    set LISTE digest            aussi nomail, mail, noack, hide ...\n"
	    "    which                       les listes où vous êtes\n"
	    "    who LISTE    index LISTE    get LISTE 12-20    thread LISTE 12\n"
	    "    end                         la suite n'est pas pour ce programme\n",
	    "Subject: Mailinglisten: was man hier fragen kann\n\n"
	    "Schreiben Sie Befehle an $request, jeden in eine Zeile:\n\n"
	    "    lists                       welche Listen es gibt\n"
	    "    info LISTE                  worum es geht\n"
	    "    subscribe LISTE [ADRESSE]   beitreten; unsubscribe LISTE verlässt sie\n"
	    "    set LISTE digest            auch nomail, mail, noack, hide ...\n"
	    "    which                       auf welchen Listen Sie sind\n"
	    "    who LISTE    index LISTE    get LISTE 12-20    thread LISTE 12\n"
	    "    end                         der Rest ist nicht für dieses Programm\n" } },
	{ "answer",
	  { "Subject: $list: results of your commands\n\n$results\n",
	    "Subject: $list : résultat de vos commandes\n\n$results\n",
	    "Subject: $list: Ergebnis Ihrer Befehle\n\n$results\n" } },
	/* ---- results of commands ---- */
	{ "line-sent",
	  { "A message that says what to do next is on its way to that address.",
	    "Un message indiquant la suite est en route vers cette adresse.",
	    "Eine Nachricht, wie es weitergeht, ist an diese Adresse unterwegs." } },
	{ "line-subscribed",
	  { "You are on the list $list now.", "Vous êtes maintenant sur la liste $list.",
	    "Sie stehen jetzt auf der Liste $list." } },
	{ "line-unsubscribed",
	  { "You are no longer on the list $list.", "Vous n'êtes plus sur la liste $list.",
	    "Sie stehen nicht mehr auf der Liste $list." } },
	{ "line-not-on",
	  { "You are not on the list $list with this address.",
	    "Avec cette adresse, vous n'êtes pas sur la liste $list.",
	    "Mit dieser Adresse stehen Sie nicht auf der Liste $list." } },
	{ "line-closed",
	  { "Nobody can join $list by mail. Ask $owner.",
	    "On ne peut pas s'abonner à $list par courrier. Écrivez à $owner.",
	    "Der Liste $list kann man nicht per Mail beitreten. Fragen Sie $owner." } },
	{ "line-owners",
	  { "If you are an owner of the list, a message that asks to confirm is on its way to you.",
	    "Si vous êtes propriétaire de la liste, un message à confirmer vous parviendra.",
	    "Wenn Sie Betreiber der Liste sind, ist eine Nachricht zum Bestätigen unterwegs." } },
	{ "line-done", { "Done.", "C'est fait.", "Erledigt." } },
	{ "line-expired",
	  { "This confirmation is not complete, or too old. Nothing has been changed.",
	    "Cette confirmation est incomplète ou trop ancienne. Rien n'a changé.",
	    "Diese Bestätigung ist nicht vollständig oder zu alt. Es hat sich nichts geändert." } },
	{ "line-no-command",
	  { "Line $line is no command.", "La ligne $line n'est pas une commande.", "Zeile $line ist kein Befehl." } },
	{ "line-no-list",
	  { "There is no list of that name here. Try: lists", "Il n'y a pas de liste de ce nom. Essayez : lists",
	    "Eine Liste dieses Namens gibt es hier nicht. Versuchen Sie: lists" } },
	{ "line-which-list",
	  { "Which list? Write its name behind the command.", "De quelle liste ? Écrivez son nom après la commande.",
	    "Welche Liste? Schreiben Sie ihren Namen hinter den Befehl." } },
	{ "line-no-address",
	  { "That is no address that mail can be sent to.", "Ce n'est pas une adresse utilisable.",
	    "Das ist keine Adresse, an die man schreiben kann." } },
	{ "line-not-told",
	  { "This list does not tell you that.", "Cette liste ne vous le dit pas.",
	    "Das sagt Ihnen diese Liste nicht." } },
	{ "line-not-option",
	  { "There is no such option. Try: digest nodigest nomail mail ack noack metoo notmetoo dupes nodupes hide "
	    "unhide plain "
	    "mime",
	    "Cette option n'existe pas. Essayez : digest nodigest nomail mail ack noack metoo notmetoo dupes nodupes "
	    "hide unhide plain mime",
	    "Diese Option gibt es nicht. Versuchen Sie: digest nodigest nomail mail ack noack metoo notmetoo dupes "
	    "nodupes hide unhide plain mime" } },
	{ "line-set",
	  { "Your options for $list: $options", "Vos options pour $list : $options",
	    "Ihre Optionen für $list: $options" } },
	{ "line-no-posts",
	  { "There are no such posts in the archive.", "Il n'y a pas de tels messages dans les archives.",
	    "Solche Beiträge sind nicht im Archiv." } },
	{ "line-some-posts",
	  { "That is more than one message can have: the first $count are attached, to $last.",
	    "C'est trop pour un seul message : les $count premiers sont joints, jusqu'à $last.",
	    "Das ist zu viel für eine Nachricht: angehängt sind die ersten $count, bis $last." } },
	{ "line-posts", { "Posts attached: $count.", "Messages joints : $count.", "Angehängte Beiträge: $count." } },
	{ "line-index-cut",
	  { "These are the last $count. For others: index 1-$count",
	    "Ce sont les $count derniers. Pour d'autres : index 1-$count",
	    "Das sind die letzten $count. Für andere: index 1-$count" } },
	{ "line-too-many",
	  { "That is enough for one message. What follows was not looked at.",
	    "C'est assez pour un message. La suite n'a pas été lue.",
	    "Das reicht für eine Nachricht. Was folgt, wurde nicht gelesen." } },
	{ "line-cut",
	  { "There is more than an answer can have.", "Il y en a plus qu'une réponse ne peut contenir.",
	    "Es gibt mehr, als in eine Antwort passt." } },
	{ "line-nobody", { "Nobody.", "Personne.", "Niemand." } },
	{ "line-no-lists", { "None.", "Aucune.", "Keine." } },
	/* ---- posts ---- */
	{ "footer",
	  { "____\n"
	    "$list, $list_address\n"
	    "Leave the list: $unsubscribe\n"
	    "Archive: $archive_url\n",
	    "____\n"
	    "$list, $list_address\n"
	    "Quitter la liste : $unsubscribe\n"
	    "Archives : $archive_url\n",
	    "____\n"
	    "$list, $list_address\n"
	    "Die Liste verlassen: $unsubscribe\n"
	    "Archiv: $archive_url\n" } },
	{ "post-sent",
	  { "Subject: $list: your message was sent\n\n"
	    "Your message to $list_address was sent to its members:\n"
	    "    $subject\n",
	    "Subject: $list : votre message a été envoyé\n\n"
	    "Votre message à $list_address a été envoyé à ses abonnés :\n"
	    "    $subject\n",
	    "Subject: $list: Ihre Nachricht ist verschickt\n\n"
	    "Ihre Nachricht an $list_address ist an die Mitglieder verschickt:\n"
	    "    $subject\n" } },
	{ "post-held",
	  { "Subject: $list: your message waits for a moderator\n\n"
	    "Your message to $list_address waits for a moderator,\n"
	    "because $reason.\n"
	    "    $subject\n\n"
	    "You need not do anything. After $days days it is dropped.\n"
	    "To leave the list, write to $unsubscribe.\n",
	    "Subject: $list : votre message attend un modérateur\n\n"
	    "Votre message à $list_address attend un modérateur ($reason).\n"
	    "    $subject\n\n"
	    "Vous n'avez rien à faire. Après $days jours, il sera supprimé.\n"
	    "Pour quitter la liste, écrivez à $unsubscribe.\n",
	    "Subject: $list: Ihre Nachricht wartet auf die Moderation\n\n"
	    "Ihre Nachricht an $list_address wartet auf die Moderation ($reason).\n"
	    "    $subject\n\n"
	    "Sie brauchen nichts zu tun. Nach $days Tagen verfällt sie.\n"
	    "Wenn Sie die Liste verlassen wollen, schreiben Sie an $unsubscribe.\n" } },
	{ "post-refused",
	  { "Subject: $list: your message was not sent\n\n"
	    "Your message to $list_address was not sent to its members:\n"
	    "$reason.\n"
	    "    $subject\n",
	    "Subject: $list : votre message n'a pas été envoyé\n\n"
	    "Votre message à $list_address n'a pas été envoyé ($reason).\n"
	    "    $subject\n",
	    "Subject: $list: Ihre Nachricht wurde nicht verschickt\n\n"
	    "Ihre Nachricht an $list_address wurde nicht verschickt ($reason).\n"
	    "    $subject\n" } },
	{ "post-rejected",
	  { "Subject: $list: your message was not accepted\n\n"
	    "A moderator of $list_address has not accepted your message.\n"
	    "    $subject\n"
	    "$note\n\n"
	    "Questions: $owner\n",
	    "Subject: $list : votre message n'a pas été accepté\n\n"
	    "Un modérateur de $list_address n'a pas accepté votre message.\n"
	    "    $subject\n"
	    "$note\n\n"
	    "Questions : $owner\n",
	    "Subject: $list: Ihre Nachricht wurde nicht angenommen\n\n"
	    "Die Moderation von $list_address hat Ihre Nachricht nicht angenommen.\n"
	    "    $subject\n"
	    "$note\n\n"
	    "Fragen: $owner\n" } },
	{ "held-moderator",
	  { "Subject: $list: a message of $author waits for you\n\n"
	    "To $list_address, from $author:\n"
	    "    $subject\n"
	    "It is held because $reason.\n\n"
	    "$lines\n\n"
	    "To ACCEPT it, reply to this message; what you write does not matter. Or:\n"
	    "    mailto:$accept\n"
	    "To REJECT it, send an empty message to\n"
	    "    mailto:$reject\n"
	    "To drop it, do nothing: after $days days it is gone.\n"
	    "On the machine: listmgr accept $list $id\n",
	    "Subject: $list : un message de $author vous attend\n\n"
	    "À $list_address, de $author :\n"
	    "    $subject\n"
	    "Il est retenu : $reason.\n\n"
	    "$lines\n\n"
	    "Pour l'ACCEPTER, répondez à ce message, peu importe le texte. Ou :\n"
	    "    mailto:$accept\n"
	    "Pour le REFUSER, envoyez un message vide à\n"
	    "    mailto:$reject\n"
	    "Pour l'oublier, ne faites rien : après $days jours, il est supprimé.\n"
	    "Sur la machine : listmgr accept $list $id\n",
	    "Subject: $list: eine Nachricht von $author wartet\n\n"
	    "An $list_address, von $author:\n"
	    "    $subject\n"
	    "Sie wird zurückgehalten: $reason.\n\n"
	    "$lines\n\n"
	    "ANNEHMEN: auf diese Nachricht antworten, der Text ist gleich. Oder:\n"
	    "    mailto:$accept\n"
	    "ABLEHNEN: eine leere Nachricht an\n"
	    "    mailto:$reject\n"
	    "Verfallen lassen: nichts tun, nach $days Tagen ist sie weg.\n"
	    "Auf der Maschine: listmgr accept $list $id\n" } },
};

const size_t texts_words_n = sizeof(texts_words) / sizeof(texts_words[0]);
