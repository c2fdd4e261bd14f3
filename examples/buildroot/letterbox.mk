################################################################################
#
# letterbox
#
################################################################################

# The directory of a BR2_EXTERNAL tree has this file, Config.in, S81letterbox, and letterbox-$(LETTERBOX_VERSION).tar.gz as
# `make dist` writes it.
LETTERBOX_VERSION = 0.1.0
LETTERBOX_SITE = $(LETTERBOX_PKGDIR)
LETTERBOX_SITE_METHOD = file
LETTERBOX_LICENSE = ISC
LETTERBOX_LICENSE_FILES = LICENSE

# Its sendmail replaces the one of BusyBox, so it is installed later.
ifeq ($(BR2_PACKAGE_BUSYBOX),y)
LETTERBOX_DEPENDENCIES += busybox
endif

LETTERBOX_APPLETS = $(call qstrip,$(BR2_PACKAGE_LETTERBOX_APPLETS))
LETTERBOX_RELAYHOST = $(call qstrip,$(BR2_PACKAGE_LETTERBOX_RELAYHOST))

LETTERBOX_MODULES =

# TLS, and passwords of users.
ifeq ($(BR2_PACKAGE_LETTERBOX_TLS),y)
LETTERBOX_DEPENDENCIES += host-pkgconf openssl $(if $(BR2_PACKAGE_LIBXCRYPT),libxcrypt)
LETTERBOX_MODULES += tls crypto
endif

# Logins at servers, MTA-STS.
ifeq ($(BR2_PACKAGE_LETTERBOX_CURL),y)
LETTERBOX_DEPENDENCIES += host-pkgconf libcurl
LETTERBOX_MODULES += curl
endif

# RUN: the host cannot ask a binary of the target for the names of its applets.
LETTERBOX_MAKE_OPTS = \
	$(TARGET_CONFIGURE_OPTS) \
	PREFIX=/usr \
	CROSS_COMPILE="$(TARGET_CROSS)" \
	PKG_CONFIG="$(PKG_CONFIG_HOST_BINARY)" \
	TLS=$(if $(BR2_PACKAGE_LETTERBOX_TLS),yes,no) \
	CURL=$(if $(BR2_PACKAGE_LETTERBOX_CURL),yes,no) \
	ZLIB=no \
	$(if $(LETTERBOX_APPLETS),APPLETS="$(LETTERBOX_APPLETS)")

define LETTERBOX_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(LETTERBOX_MAKE_OPTS)
endef

LETTERBOX_LINKS_SBIN = sendmail smtpd mta-relay pop3d imapd
LETTERBOX_LINKS_BIN = mailq newaliases mda rmail

define LETTERBOX_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 755 $(@D)/build/letterbox $(TARGET_DIR)/usr/bin/letterbox
	$(foreach module,$(LETTERBOX_MODULES),
		$(INSTALL) -D -m 755 $(@D)/build/modules/$(module).so $(TARGET_DIR)/usr/lib/letterbox/$(module).so
	)
	$(foreach name,$(if $(LETTERBOX_APPLETS),$(filter $(LETTERBOX_APPLETS),$(LETTERBOX_LINKS_SBIN)),$(LETTERBOX_LINKS_SBIN)),
		ln -sf ../bin/letterbox $(TARGET_DIR)/usr/sbin/$(name)
	)
	$(foreach name,$(if $(LETTERBOX_APPLETS),$(filter $(LETTERBOX_APPLETS),$(LETTERBOX_LINKS_BIN)),$(LETTERBOX_LINKS_BIN)),
		ln -sf letterbox $(TARGET_DIR)/usr/bin/$(name)
	)
	printf 'relayhost = %s\n' '$(LETTERBOX_RELAYHOST)' >$(TARGET_DIR)/etc/letterbox.conf
endef

define LETTERBOX_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 755 $(LETTERBOX_PKGDIR)/S81letterbox $(TARGET_DIR)/etc/init.d/S81letterbox
endef

define LETTERBOX_USERS
	letterbox -1 letterbox -1 * - - - letterbox mail
endef

$(eval $(generic-package))
